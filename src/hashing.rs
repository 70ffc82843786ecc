//! Slow hashes, bounded: argon2id on as many threads as there are cores but one, with a queue that refuses when full.
//!
//! A login flood must not slow token checks, and a fresh 19 MiB block for each hash would cost a fifth of the rate:
//! permits bound the first, reused blocks avoid the second (freed after half a minute without use).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::config::Passwords;
use crate::secret;

/// The queue is full: try again shortly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// A password as somebody typed it.
pub type Typed = Zeroizing<String>;

pub struct Hasher {
    params: Params,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    blocks: Mutex<Vec<(Instant, Vec<Block>)>>,
}

const KEEP_BLOCKS: Duration = Duration::from_secs(30);
const OUTPUT: usize = 32;

impl Hasher {
    pub fn new(settings: &Passwords) -> Self {
        let params = Params::new(settings.memory_kib, settings.iterations, 1, Some(OUTPUT)).expect("the configuration was checked");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            params,
            permits: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            waiting: AtomicUsize::new(0),
            queue: settings.queue,
            blocks: Mutex::new(Vec::new()),
        }
    }

    /// A stored form of `password`: its parameters, salt and hash, keyed with `pepper`.
    pub async fn hash(self: &Arc<Self>, password: &Typed, pepper: &[u8], salt: [u8; 16]) -> Result<String, Busy> {
        let output = self.run(password, pepper, salt.to_vec(), self.params.clone()).await?;
        Ok(Stored { memory: self.params.m_cost(), iterations: self.params.t_cost(), salt: salt.to_vec(), output }.write())
    }

    /// Whether `password` is the one `stored` was made of. With nothing stored it costs the same and says no.
    pub async fn verify(self: &Arc<Self>, password: &Typed, pepper: &[u8], stored: Option<&str>) -> Result<bool, Busy> {
        let stored = stored.and_then(Stored::read);
        let params = stored.as_ref().and_then(|s| Params::new(s.memory, s.iterations, 1, Some(OUTPUT)).ok());
        let salt = stored.as_ref().map_or_else(|| vec![0; 16], |s| s.salt.clone());
        let output = self.run(password, pepper, salt, params.unwrap_or_else(|| self.params.clone())).await?;
        Ok(stored.is_some_and(|s| secret::equal(&s.output, &output)))
    }

    #[tracing::instrument(level = "debug", name = "argon2id", skip_all)]
    async fn run(self: &Arc<Self>, password: &Typed, pepper: &[u8], salt: Vec<u8>, params: Params) -> Result<Vec<u8>, Busy> {
        let place = Place::take(self)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Busy)?;
        drop(place);
        let (hasher, password, pepper) = (Arc::clone(self), password.clone(), Zeroizing::new(pepper.to_vec()));
        // The permit goes along: a request that is given up does not make room for another hash while this one runs.
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hasher.compute(&password, &pepper, &salt, params)
        });
        hashed.await.map_err(|_| Busy)
    }

    fn compute(&self, password: &str, pepper: &[u8], salt: &[u8], params: Params) -> Vec<u8> {
        let size = params.block_count();
        let pooled = self.blocks.lock().expect("no holder panics").pop();
        let mut blocks = pooled.map_or_else(Vec::new, |(_, blocks)| blocks);
        blocks.resize_with(size, Block::default);
        let mut output = vec![0; OUTPUT];
        Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
            .and_then(|argon2| argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut blocks[..size]))
            .expect("the parameters and lengths are within argon2's limits");
        #[expect(clippy::disallowed_methods, reason = "when memory was last used; no rule depends on it")]
        self.blocks.lock().expect("no holder panics").push((Instant::now(), blocks));
        output
    }

    /// How many wait for a permit now.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Frees blocks that lay unused for half a minute.
    pub fn tidy(&self) {
        self.blocks.lock().expect("no holder panics").retain(|(used, _)| used.elapsed() < KEEP_BLOCKS);
    }
}

/// A place in the queue, given back however the waiting ends.
struct Place<'a>(&'a Hasher);

impl<'a> Place<'a> {
    fn take(hasher: &'a Hasher) -> Result<Self, Busy> {
        let waiting = hasher.waiting.fetch_add(1, Ordering::SeqCst);
        let place = Self(hasher);
        if waiting >= hasher.queue { Err(Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The PHC string `$argon2id$v=19$m=…,t=…,p=1$salt$hash`.
struct Stored {
    memory: u32,
    iterations: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn write(&self) -> String {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
        let (m, t) = (self.memory, self.iterations);
        format!("$argon2id$v=19$m={m},t={t},p=1${}${}", B64.encode(&self.salt), B64.encode(&self.output))
    }

    fn read(text: &str) -> Option<Self> {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (params, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = params.split(',').map(|part| part.split_once('=').map(|(_, value)| value));
        let memory = numbers.next()??.parse().ok()?;
        let iterations = numbers.next()??.parse().ok()?;
        Some(Self { memory, iterations, salt: B64.decode(salt).ok()?, output: B64.decode(output).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(queue: usize) -> Passwords {
        Passwords { memory_kib: 64, iterations: 1, queue }
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let hasher = Arc::new(Hasher::new(&settings(4)));
        let password = Typed::new("correct horse battery staple".into());
        let stored = hasher.hash(&password, b"pepper", [7; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_eq!(hasher.verify(&password, b"pepper", Some(&stored)).await, Ok(true));
        assert_eq!(hasher.verify(&password, b"other pepper", Some(&stored)).await, Ok(false));
        assert_eq!(hasher.verify(&Typed::new("wrong".into()), b"pepper", Some(&stored)).await, Ok(false));
        assert_eq!(hasher.verify(&password, b"pepper", None).await, Ok(false));
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_leaves_the_queue() {
        let hasher = Arc::new(Hasher::new(&settings(1)));
        let _all =
            Arc::clone(&hasher.permits).acquire_many_owned(u32::try_from(hasher.permits.available_permits()).unwrap()).await.unwrap();
        for _ in 0..3 {
            let password = Typed::new("x".into());
            let waiting = hasher.verify(&password, b"", None);
            tokio::time::timeout(Duration::from_millis(5), waiting).await.unwrap_err();
        }
        assert_eq!(hasher.waiting.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Arc::new(Hasher::new(&settings(0)));
        assert_eq!(hasher.verify(&Typed::new("x".into()), b"", None).await, Err(Busy));
    }
}
