//! A file that can be read and not written, in each of the ways in which a disk reports it. Rules 2 and 7.

use super::disk::{Disk, EIO, ENOSPC, EROFS, Orders};
use crate::crash::full_disk::refuses_and_recovers;
use crate::crash::process::Place;

fn writes_fail(write_errno: u32) -> Orders {
    Orders {
        write_errno,
        ..Orders::default()
    }
}

#[tokio::test]
async fn a_file_that_turned_read_only_is_503_until_it_is_writable_again() {
    let ways = [
        writes_fail(EROFS),
        writes_fail(EIO),
        writes_fail(ENOSPC),
        Orders {
            sync_errno: EIO,
            ..Orders::default()
        },
        // Twice, because a connection may have kept its opinion of the file.
        writes_fail(EROFS),
    ];
    let mut place = Place::new().await;
    let disk = Disk::under(&mut place);
    disk.is_well();
    let server = place.start().await;
    refuses_and_recovers(&place, server, 5, |_, round, broken| {
        let way = ways[usize::try_from(round).unwrap() - 1];
        disk.does(if broken { way } else { Orders::default() });
    })
    .await;
}
