//! RabbitMQ and Redis, each with files and ports of its own.

use std::path::Path;

use crate::programs::port;
use crate::programs::program::Program;

/// In the order in which they are killed.
pub struct Brokers {
    pub rabbitmq: u16,
    pub redis: u16,
    _rabbitmq: Program,
    _redis: Program,
    _names: Program,
}

impl Brokers {
    pub async fn start(folder: &Path) -> Self {
        let (names, rabbitmq, redis) = (port::free(), port::free(), port::free());
        // RabbitMQ would start it itself, and it would outlive the test.
        let arguments = ["-address", "127.0.0.1", "-port", &names.to_string()];
        let erlang = Program::start(folder, "/usr/bin/epmd", &arguments, &[]);
        let number = redis.to_string();
        let arguments = ["--port", &number, "--bind", "127.0.0.1", "--save", ""];
        let store = Program::start(folder, "/usr/bin/redis-server", &arguments, &[]);
        port::listens(names).await;
        let queues = queues(folder, names, rabbitmq);
        port::listens(redis).await;
        port::listens(rabbitmq).await;
        Self {
            rabbitmq,
            redis,
            _rabbitmq: queues,
            _redis: store,
            _names: erlang,
        }
    }
}

fn queues(folder: &Path, names: u16, port: u16) -> Program {
    let folder = folder.join("rabbitmq");
    std::fs::create_dir(&folder).unwrap();
    let plugins = folder.join("plugins");
    std::fs::write(&plugins, "[].").unwrap();
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let home = path(&folder);
    let environment = [
        ("HOME", home.clone()),
        ("ERL_EPMD_PORT", names.to_string()),
        ("RABBITMQ_NODENAME", "leaseline@localhost".to_owned()),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".to_owned()),
        ("RABBITMQ_NODE_PORT", port.to_string()),
        ("RABBITMQ_DIST_PORT", port::free().to_string()),
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1}".to_owned(),
        ),
        ("RABBITMQ_MNESIA_BASE", home.clone()),
        ("RABBITMQ_LOG_BASE", home),
        ("RABBITMQ_LOGS", "-".to_owned()),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", path(&plugins)),
        // Not those of the machine.
        ("RABBITMQ_CONF_ENV_FILE", "/dev/null".to_owned()),
        ("RABBITMQ_CONFIG_FILE", path(&folder.join("rabbitmq.conf"))),
    ];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    // The command in sbin is the same for root only, and becomes another user.
    let server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    Program::start(&folder, server, &[], &environment)
}
