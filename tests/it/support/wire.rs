//! A wire between the service and something it needs, which a test can cut and mend; and a balancer in front of replicas.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    /// Connections end.
    Cut,
    /// Connections stay, and nothing comes through: as when a machine vanishes.
    Silent,
}

/// Carries bytes from `address` to a server, while it is whole.
pub struct Wire {
    pub address: std::net::SocketAddr,
    state: watch::Sender<State>,
}

impl Wire {
    /// A wire to `server` (`host:port`).
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, state) = watch::channel(State::Whole);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if *state.borrow() == State::Cut {
                    continue;
                }
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&server).await else { return };
                    let silenced = *state.borrow() == State::Silent;
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far), if !silenced => return,
                        _ = state.wait_for(|state| *state != State::Whole) => {}
                    }
                    // What was silent once stays so: nobody learns of it by the connection.
                    let _ = state.wait_for(|state| *state == State::Cut).await;
                });
            }
        });
        Self { address, state: sender }
    }

    /// Every connection is gone, and new ones end at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Nothing comes through any more, and no connection ends.
    pub fn hush(&self) {
        self.state.send_replace(State::Silent);
    }

    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }
}

/// Hands each connection to the next of `places`, as a load balancer does.
pub async fn take_turns(listener: TcpListener, places: Vec<std::net::SocketAddr>) {
    let mut turn = 0;
    while let Ok((mut near, _)) = listener.accept().await {
        let place = places[turn % places.len()];
        turn += 1;
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(place).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}
