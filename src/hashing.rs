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
    permits: Semaphore,
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
            permits: Semaphore::new(cores.saturating_sub(1).max(1)),
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

    /// Whether `stored` was made with other parameters than today's.
    pub fn is_outdated(&self, stored: &str) -> bool {
        Stored::read(stored).is_none_or(|s| s.memory != self.params.m_cost() || s.iterations != self.params.t_cost())
    }

    async fn run(self: &Arc<Self>, password: &Typed, pepper: &[u8], salt: Vec<u8>, params: Params) -> Result<Vec<u8>, Busy> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.queue {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Busy);
        }
        let permit = self.permits.acquire().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let _permit = permit.map_err(|_| Busy)?;
        let (hasher, password, pepper) = (Arc::clone(self), password.clone(), Zeroizing::new(pepper.to_vec()));
        let hashed = tokio::task::spawn_blocking(move || hasher.compute(&password, &pepper, &salt, params)).await;
        hashed.map_err(|_| Busy)
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

    /// Frees blocks that lay unused for half a minute.
    pub fn tidy(&self) {
        self.blocks.lock().expect("no holder panics").retain(|(used, _)| used.elapsed() < KEEP_BLOCKS);
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
    async fn a_full_queue_refuses_at_once() {
        let hasher = Arc::new(Hasher::new(&settings(0)));
        assert_eq!(hasher.verify(&Typed::new("x".into()), b"", None).await, Err(Busy));
    }
}
