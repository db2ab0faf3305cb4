//! Archives, as `leaseline archive` makes them next to the server.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use leaseline::flow::archive::ArchiveError;
use serde_json::Value;

use super::test_server::TestServer;

/// What was archived.
pub struct Archived {
    pub lines: Vec<Value>,
    pub removed: u64,
    pub kept: u64,
}

impl TestServer {
    /// Archives what is from before that day; `None`: there is nothing.
    pub async fn archive(&self, before: &str) -> Option<Archived> {
        self.archive_while(before, async || {}).await
    }

    /// The same; `meanwhile` runs between the file and the removal.
    pub async fn archive_while(&self, before: &str, meanwhile: impl AsyncFnOnce()) -> Option<Archived> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.jsonl.gz");
        let before = before.parse().unwrap();
        self.in_another_process(async |flows| {
            let written = flows
                .write_archive((before, Duration::ZERO), &path, |_| {})
                .await
                .unwrap()?;
            meanwhile().await;
            let mut removal = flows.begin_removal(&written).await.unwrap();
            while flows.remove_archived(&mut removal).await.unwrap() {}
            Some(Archived {
                lines: lines(&path),
                removed: removal.removed,
                kept: removal.kept,
            })
        })
        .await
    }
}

impl TestServer {
    /// Why that day is refused.
    pub async fn archive_error(&self, before: &str) -> ArchiveError {
        let folder = tempfile::tempdir().unwrap();
        let (path, before) = (folder.path().join("archive.jsonl.gz"), before.parse().unwrap());
        let written =
            self.in_another_process(async |flows| flows.write_archive((before, Duration::ZERO), &path, |_| {}).await);
        written.await.err().expect("it is refused")
    }
}

impl Archived {
    /// The operation with that id.
    pub fn operation(&self, id: i64) -> Option<&Value> {
        let mut lines = self.lines.iter();
        lines.find(|line| line["kind"] == "operation" && line["id"] == id)
    }

    /// What each line is.
    pub fn kinds(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
    }
}

/// The lines of an archive.
pub fn lines(path: &Path) -> Vec<Value> {
    let file = BufReader::new(MultiGzDecoder::new(File::open(path).unwrap()));
    let line = |line: std::io::Result<String>| serde_json::from_str(&line.unwrap()).unwrap();
    file.lines().map(line).collect()
}
