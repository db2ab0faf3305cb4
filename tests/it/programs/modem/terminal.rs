//! The two ends of a pseudo-terminal: the test's, and a device for the program.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;

/// Our end is read and written like the ends of two pipes: what tokio has for that asks only for a descriptor that can
/// be waited for.
pub struct Terminal {
    input: pipe::Receiver,
    output: pipe::Sender,
    path: PathBuf,
    /// Open all the time: without an open device our end reads an error when a program closes it and comes back.
    _device: OwnedFd,
}

impl Terminal {
    pub fn open() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap().into_bytes();
        let path = PathBuf::from(OsString::from_vec(path));
        let device = open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        // No echo, nothing translated: a serial line does neither.
        let mut modes = tcgetattr(&device).unwrap();
        modes.make_raw();
        tcsetattr(&device, OptionalActions::Now, &modes).unwrap();
        fcntl_setfl(&ours, fcntl_getfl(&ours).unwrap() | OFlags::NONBLOCK).unwrap();
        Self {
            input: pipe::Receiver::from_owned_fd_unchecked(ours.try_clone().unwrap()).unwrap(),
            output: pipe::Sender::from_owned_fd_unchecked(ours).unwrap(),
            path,
            _device: device,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub async fn read(&mut self) -> Vec<u8> {
        let mut octets = vec![0; 4096];
        let count = self.input.read(&mut octets).await.expect("the device is open");
        octets.truncate(count);
        octets
    }

    pub async fn write(&mut self, octets: &[u8]) {
        self.output.write_all(octets).await.expect("the device is open");
    }
}
