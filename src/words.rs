//! Every word a person reads: Fluent catalogues, one folder of `locales/` a language.
//!
//! English comes first and is complete; what another language lacks is shown in English.

use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const LANGUAGES: &[(&str, &[&str])] = &include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// All languages the service can speak.
pub struct Catalogue {
    languages: Vec<Language>,
}

struct Language {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// Reads the catalogues that were built in. A broken file stops the program, and a test before it.
    pub fn built_in() -> Self {
        let languages = LANGUAGES.iter().map(|(tag, files)| {
            let id: LanguageIdentifier = tag.parse().unwrap_or_else(|e| panic!("locales/{tag}: {e}"));
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            bundle.set_use_isolating(false);
            for text in *files {
                let resource =
                    FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(_, errors)| panic!("locales/{tag}: {errors:?}"));
                bundle.add_resource(resource).unwrap_or_else(|errors| panic!("locales/{tag}: {errors:?}"));
            }
            Language { tag, bundle }
        });
        Self { languages: languages.collect() }
    }

    /// The first language wanted that there is. `wanted` is an `Accept-Language` value or a list of tags.
    pub fn choose(self: &Arc<Self>, wanted: &str) -> Words {
        let tags = wanted.split([',', ' ']).map(|part| part.split(';').next().unwrap_or("").trim());
        let index = tags
            .filter(|tag| !tag.is_empty())
            .find_map(|tag| {
                let primary = tag.split('-').next().unwrap_or(tag);
                let exact = self.languages.iter().position(|l| l.tag.eq_ignore_ascii_case(tag));
                exact.or_else(|| self.languages.iter().position(|l| l.tag.eq_ignore_ascii_case(primary)))
            })
            .unwrap_or(0);
        Words { catalogue: Arc::clone(self), index }
    }

    pub fn tags(&self) -> Vec<&'static str> {
        self.languages.iter().map(|language| language.tag).collect()
    }
}

/// The words of one language.
#[derive(Clone)]
pub struct Words {
    catalogue: Arc<Catalogue>,
    index: usize,
}

impl Words {
    pub fn tag(&self) -> &'static str {
        self.catalogue.languages[self.index].tag
    }

    /// The message `key`.
    pub fn t(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The message `key` with one text put in.
    pub fn t1(&self, key: &str, name: &str, text: &str) -> String {
        self.texts(key, &[(name, text)])
    }

    /// The message `key` with two texts put in.
    pub fn t2(&self, key: &str, first: &str, text: &str, second: &str, other: &str) -> String {
        self.texts(key, &[(first, text), (second, other)])
    }

    /// The message `key` for a number, so that a language can choose its plural.
    pub fn n(&self, key: &str, name: &str, number: i64) -> String {
        let mut args = FluentArgs::new();
        args.set(name.to_owned(), FluentValue::from(number));
        self.format(key, Some(&args))
    }

    pub fn texts(&self, key: &str, texts: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, text) in texts {
            args.set((*name).to_owned(), FluentValue::from(*text));
        }
        self.format(key, Some(&args))
    }

    pub fn has(&self, key: &str) -> bool {
        self.catalogue.languages[0].bundle.has_message(key)
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let languages = &self.catalogue.languages;
        for language in [&languages[self.index], &languages[0]] {
            let pattern = language.bundle.get_message(key).and_then(|message| message.value());
            if let Some(pattern) = pattern {
                let mut errors = Vec::new();
                return language.bundle.format_pattern(pattern, args, &mut errors).into_owned();
            }
        }
        tracing::warn!(key, "a message is missing in the catalogue");
        key.to_owned()
    }
}
