//! Gateways give signs of life, and the admin takes them out of use.

use axum::http::Method;
use serde_json::json;

use super::Case;

impl Case {
    pub async fn beat(&mut self, gateway: usize) {
        if self.model.gateways[gateway].enabled {
            self.server.heartbeat(&self.gateways[gateway]).await;
            self.model.gateways[gateway].alive_at = Some(self.model.now);
            self.seen.note("heartbeat", 1);
        } else {
            self.refused(gateway, "/heartbeat", "").await;
        }
    }

    pub async fn enable(&mut self, gateway: usize, enabled: bool) {
        let path = format!("/v1/gateways/{}", self.gateways[gateway].name);
        let body = Some(json!({ "enabled": enabled }));
        self.server.admin(Method::PATCH, &path, body).await.ok();
        if self.model.gateways[gateway].enabled && !enabled {
            self.seen.note("gateway disabled", 1);
        }
        self.model.gateways[gateway].enabled = enabled;
    }

    /// Whatever a disabled gateway sends.
    pub async fn refused(&mut self, gateway: usize, path: &str, body: &str) {
        let path = format!("/in/{}{path}", self.gateways[gateway].token);
        let answer = self.server.gateway_post(&path, body.to_owned()).await;
        assert_eq!(answer.code(), 403, "the gateway is disabled, {}", self.place);
        self.seen.note("refused: the gateway is disabled", 1);
    }
}
