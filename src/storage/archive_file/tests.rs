use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::domain::archive::ArchivedRecord;
use crate::domain::day::Day;

const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);

fn bound() -> ArchiveBound {
    ArchiveBound::new(Day::of(NOW), Duration::ZERO, Duration::ZERO, NOW).unwrap()
}

fn operation(id: i64) -> RecordLine {
    let text = format!(
        r#"{{"kind":"operation","id":{id},"number":"46701","transfers":[{{"id":1,"kind":"reserve","kopecks":7}},{{"id":2,"kind":"void","kopecks":7}}],"messages":[{{"text":"a\nb"}}],"events":[]}}"#
    );
    RecordLine { id, text }
}

/// An archive of three operations, in a folder of its own.
fn written() -> (tempfile::TempDir, PathBuf, ArchiveFile) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.gz");
    let mut writer = ArchiveWriter::create(&target, bound(), NOW).unwrap();
    for id in 1..=3 {
        writer.record(&operation(id)).unwrap();
    }
    assert!(!target.exists() && partial_name(&target).exists());
    let file = writer.finish().unwrap().unwrap();
    assert!(target.exists() && !partial_name(&target).exists());
    (folder, target, file)
}

#[test]
fn an_archive_is_read_as_it_was_written() {
    let (_folder, target, file) = written();
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((file.contents.operations, file.contents.messages), (3, 3));
    assert_eq!((file.contents.transfers, file.contents.sums.reserved.as_i64()), (6, 21));
    assert_eq!(file.bytes, fs::metadata(&target).unwrap().len());
    let digest: [u8; 32] = Sha256::digest(fs::read(&target).unwrap()).into();
    assert_eq!(file.sha256, digest);
    for _ in 0..2 {
        let mut reader = file.records().unwrap();
        for id in 1..=3 {
            let (record, line) = reader.next_record().unwrap().unwrap();
            assert!(record == ArchivedRecord::Operation && line == operation(id));
        }
        assert!(reader.next_record().unwrap().is_none());
        assert!(reader.next_record().unwrap().is_none());
    }
}

#[test]
fn what_exists_is_not_replaced_and_nothing_is_left_of_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.gz");
    let create = || ArchiveWriter::create(&target, bound(), NOW);
    let first = create().unwrap();
    assert!(matches!(create(), Err(ArchiveFileError::Running(_))));
    assert!(first.finish().unwrap().is_none(), "nothing is in it");
    let mut second = create().unwrap();
    second.record(&operation(1)).unwrap();
    fs::write(&target, "mine").unwrap();
    assert!(matches!(second.finish(), Err(ArchiveFileError::Exists(_))));
    assert!(matches!(create(), Err(ArchiveFileError::Exists(_))));
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = ArchiveWriter::create(&folder.path().join("b/a.gz"), bound(), NOW);
    let error = missing.err().unwrap().to_string();
    assert!(error.contains("/b: No such file"), "{error}");
}

/// Whether the file is recognised as a whole archive.
fn is_whole(target: &Path) -> bool {
    let file = File::open(target).unwrap();
    ArchiveReader::new("a.gz", &file)
        .and_then(ArchiveReader::read_all)
        .is_ok()
}

#[test]
fn a_file_that_was_cut_off_or_changed_is_recognised() {
    let (_folder, target, _) = written();
    let whole = fs::read(&target).unwrap();
    assert!(is_whole(&target));
    for length in 0..whole.len() {
        fs::write(&target, &whole[..length]).unwrap();
        assert!(!is_whole(&target), "{length} of {} bytes", whole.len());
    }
    let mut text = String::new();
    GzDecoder::new(&whole[..]).read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5);
    for changed in [
        lines[..4].join("\n"),
        [&lines[..2], &lines[3..]].concat().join("\n"),
        lines[1..].join("\n"),
        [&lines[..], &lines[4..]].concat().join("\n"),
        text.replace("\"format\":1", "\"format\":2"),
        text.replace("\"kopecks\":7", "\"kopecks\":8"),
        text.replace("\"void\"", "\"gift\""),
        text.replace("\"operation\"", "\"rental\""),
    ] {
        let mut output = GzEncoder::new(File::create(&target).unwrap(), Compression::fast());
        output.write_all(changed.as_bytes()).unwrap();
        output.finish().unwrap();
        assert!(!is_whole(&target), "{changed}");
    }
}
