//! Signals that stop the process, its running tasks, and its limit of open files.

pub mod open_files;
mod tasks;

use std::io;

use futures_util::{Stream, StreamExt, pin_mut, stream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub use tasks::{TaskGuard, TaskRegistry};

/// Exit codes of a process that a signal ended: 128 and the number of the signal.
const EXIT_INTERRUPTED: i32 = 130;
const EXIT_TERMINATED: i32 = 143;

/// Turns SIGTERM and SIGINT into a cancellation token.
///
/// The first signal cancels the token: the server takes no new work, finishes running requests and exits with 0. A second
/// signal, of either kind, exits at once; what is committed is safe.
#[derive(Debug)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// Starts listening. Call it inside the runtime, before the listeners open, so that no signal is missed.
    ///
    /// # Errors
    /// A signal handler cannot be installed.
    pub fn listen() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let exit_codes = stream::poll_fn(move |context| {
            if terminate.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(Some(EXIT_TERMINATED));
            }
            interrupt.poll_recv(context).map(|_| Some(EXIT_INTERRUPTED))
        });
        let token = CancellationToken::new();
        tokio::spawn(watch(exit_codes, token.clone(), |code| std::process::exit(code)));
        Ok(Self { token })
    }

    /// Cancelled by the first signal.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Cancels at the first signal and exits at the second one.
async fn watch(exit_codes: impl Stream<Item = i32>, token: CancellationToken, exit: impl FnOnce(i32)) {
    pin_mut!(exit_codes);
    if exit_codes.next().await.is_none() {
        return;
    }
    tracing::info!("stopping; a second signal exits at once");
    token.cancel();
    if let Some(code) = exit_codes.next().await {
        exit(code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn exit_code_after(signals: &[i32]) -> (bool, Option<i32>) {
        let token = CancellationToken::new();
        let mut code = None;
        watch(stream::iter(signals.to_vec()), token.clone(), |exit| code = Some(exit)).await;
        (token.is_cancelled(), code)
    }

    #[tokio::test]
    async fn the_first_signal_asks_and_the_second_one_exits() {
        assert_eq!(exit_code_after(&[]).await, (false, None));
        assert_eq!(exit_code_after(&[EXIT_TERMINATED]).await, (true, None));
        assert_eq!(
            exit_code_after(&[EXIT_TERMINATED, EXIT_INTERRUPTED]).await,
            (true, Some(EXIT_INTERRUPTED))
        );
    }

    #[tokio::test]
    async fn a_real_signal_cancels_the_token() {
        let shutdown = Shutdown::listen().unwrap();
        let token = shutdown.token();
        assert!(!token.is_cancelled());
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM).unwrap();
        token.cancelled().await;
    }
}
