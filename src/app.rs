//! The running service: what every request and every worker shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::context::{Actor, Context, RequestId};
use crate::db::{Db, Fault};
use crate::hashing::Hasher;
use crate::keyring::{Keyring, SigningKey, SigningKeys, insert_signing_key};
use crate::outbound::Outbound;
use crate::secret::Random;
use crate::shared::{Delays, Limits, Redis};
use crate::words::Catalogue;

/// Cheap to clone; all parts are shared.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub keyring: Arc<Keyring>,
    pub signing: Arc<SigningKeys>,
    pub hasher: Arc<Hasher>,
    pub limits: Arc<Limits>,
    pub delays: Arc<Delays>,
    /// Where limits are counted that replicas share; none where this is the only process.
    pub redis: Option<Arc<Redis>>,
    pub catalogue: Arc<Catalogue>,
    pub outbound: Arc<Outbound>,
    stopping: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl App {
    /// Opens a migrated database and its keys.
    pub async fn open(config: Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, Fault> {
        let db = Db::open(&config.database)?;
        let keyring = {
            let (master, previous) = (config.master_key.clone(), config.previous_master_key.clone());
            let (random, now) = (Arc::clone(&random), clock.now());
            db.write(move |tx| Keyring::open(tx, &master, previous.as_ref(), &*random, now)).await?
        };
        let keyring = Arc::new(keyring);
        let signing = open_signing_keys(&db, &keyring, &random, clock.now()).await?;
        let redis = match &config.redis {
            Some(url) => {
                Some(Arc::new(Redis::open(url.reveal(), config.issuer.as_str()).map_err(|e| Fault::broken(format!("Redis: {e}")))?))
            }
            None => None,
        };
        Ok(Self {
            hasher: Arc::new(Hasher::new(&config.passwords)),
            limits: Arc::new(Limits::new(&config.limits, redis.clone())),
            delays: Arc::new(Delays::new(&config.limits, redis.clone())),
            redis,
            outbound: Arc::new(Outbound::open(&config)?),
            config: Arc::new(config),
            db,
            clock,
            random,
            keyring,
            signing: Arc::new(signing),
            catalogue: Arc::new(Catalogue::built_in()),
            stopping: Arc::default(),
            over: Arc::default(),
        })
    }

    /// It is not ready any more, and answers what still comes.
    pub fn begin_to_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The last request was answered: workers finish what they have in hand, and begin nothing.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What an operation needs to know of its surroundings: who acts, in which request, at what time.
    pub fn context(&self, actor: Actor, request: RequestId) -> Context {
        Context {
            now: self.clock.now(),
            actor,
            request,
            config: Arc::clone(&self.config),
            random: Arc::clone(&self.random),
            keyring: Arc::clone(&self.keyring),
            catalogue: Arc::clone(&self.catalogue),
        }
    }

    /// The context of work that no person asked for.
    pub fn system_context(&self, work: &'static str) -> Context {
        self.context(Actor::System, RequestId::of_work(work))
    }
}

/// The signing keys, made where there are none yet. Replicas that start together keep one of each.
async fn open_signing_keys(db: &Db, keyring: &Arc<Keyring>, random: &Arc<dyn Random>, now: Timestamp) -> Result<SigningKeys, Fault> {
    let signing = Arc::new(SigningKeys::default());
    let reload = |signing: Arc<SigningKeys>| {
        let keyring = Arc::clone(keyring);
        db.read(move |tx| signing.reload(tx, &keyring))
    };
    reload(Arc::clone(&signing)).await?;
    for algorithm in signing.missing() {
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm, now)).await;
        let (key, private) = made.map_err(|e| Fault::broken(e.to_string()))??;
        let (keyring, random) = (Arc::clone(keyring), Arc::clone(random));
        db.write(move |tx| insert_signing_key(tx, &keyring, &key, &private, 1, &*random)).await?;
    }
    reload(Arc::clone(&signing)).await?;
    Arc::into_inner(signing).ok_or_else(|| Fault::broken("the signing keys are still being read"))
}
