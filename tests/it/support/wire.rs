//! A wire between the service and something it needs, which a test can cut and mend; and a balancer in front of replicas.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Carries bytes from `address` to a server, while it is whole.
pub struct Wire {
    pub address: std::net::SocketAddr,
    whole: watch::Sender<bool>,
}

impl Wire {
    /// A wire to `server` (`host:port`).
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (whole, state) = watch::channel(true);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !*state.borrow() {
                    continue;
                }
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&server).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { address, whole }
    }

    /// Every connection is gone, and new ones end at once.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub fn mend(&self) {
        self.whole.send_replace(true);
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
