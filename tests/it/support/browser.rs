//! A browser without scripts: cookies, redirects, and the first POST form of a page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, Request, StatusCode};

use super::http;

/// One person's browser.
#[derive(Clone)]
pub struct Browser {
    pub base: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What it shows.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    /// Where it ended; a place outside the service is not loaded.
    pub url: String,
    pub headers: HeaderMap,
    pub html: String,
}

/// A form of a page.
#[derive(Debug, Clone, Default)]
pub struct FormOnPage {
    pub action: String,
    pub fields: Vec<(String, String)>,
    pub buttons: Vec<(String, String)>,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), cookies: Arc::default() }
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&self, path: &str) -> Page {
        self.follow("GET", path, None).await
    }

    /// Posts fields as they are, and follows.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.follow("POST", path, Some(http::encode(fields))).await
    }

    /// Fills the first POST form of `page` and presses its first button.
    pub async fn submit(&self, page: &Page, fill: &[(&str, &str)]) -> Page {
        self.submit_form(&page.form(), fill).await
    }

    /// The same for a form found otherwise. A filled field that is a button's name presses that button.
    pub async fn submit_form(&self, form: &FormOnPage, fill: &[(&str, &str)]) -> Page {
        let mut fields = form.fields.clone();
        if let Some(button) = form.buttons.first().filter(|(name, _)| !name.is_empty() && !fill.iter().any(|(n, _)| n == name)) {
            fields.push(button.clone());
        }
        for (name, value) in fill {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => (*value).clone_into(&mut field.1),
                None => fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(&form.action, &fields).await
    }

    async fn follow(&self, method: &str, place: &str, body: Option<String>) -> Page {
        let (mut method, mut place, mut body) = (method.to_owned(), place.to_owned(), body);
        for _ in 0..12 {
            let url = if place.starts_with('/') { format!("{}{place}", self.base) } else { place.clone() };
            if !url.starts_with(&format!("{}/", self.base)) {
                return Page { status: StatusCode::OK, url, headers: HeaderMap::new(), html: String::new() };
            }
            let answer = self.exchange(&method, &url, body.take()).await;
            if answer.status.is_redirection() {
                place = answer.header("location").to_owned();
                method = "GET".into();
                continue;
            }
            return Page { status: answer.status, url, headers: answer.headers, html: answer.body };
        }
        panic!("redirected without end at {place}");
    }

    /// One exchange, with this browser's cookies.
    pub async fn exchange(&self, method: &str, url: &str, body: Option<String>) -> http::Answer {
        let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = Request::builder().method(method).uri(url);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let answer = http::send(request.body(body.unwrap_or_default().into_bytes()).unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut jar = self.cookies.lock().unwrap();
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

impl Page {
    /// The first POST form.
    pub fn form(&self) -> FormOnPage {
        self.forms().into_iter().next().unwrap_or_else(|| panic!("no form at {} ({}): {}", self.url, self.status, self.text()))
    }

    /// Every POST form, in order.
    pub fn forms(&self) -> Vec<FormOnPage> {
        let mut forms = Vec::new();
        for part in self.html.split("<form ").skip(1) {
            let (tag, rest) = part.split_once('>').unwrap();
            if attribute(tag, "method") != Some("post".into()) {
                continue;
            }
            let inside = rest.split("</form>").next().unwrap();
            forms.push(read_form(&attribute(tag, "action").unwrap_or_default(), inside));
        }
        forms
    }

    /// The form that posts to `action`.
    pub fn form_to(&self, action: &str) -> FormOnPage {
        let found = self.forms().into_iter().find(|form| form.action == action);
        found.unwrap_or_else(|| panic!("no form to {action} at {}: {}", self.url, self.text()))
    }

    pub fn title(&self) -> String {
        between(&self.html, "<h1>", "</h1>").map(|text| unescape(&text)).unwrap_or_default()
    }

    /// What is wrong with a field, as its page says it.
    pub fn problem(&self, id: &str) -> Option<String> {
        between(&self.html, &format!("id=\"{}-problem\">", id.replace('_', "-")), "</p>").map(|text| unescape(&text))
    }

    /// The page without its tags.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in self.html.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    text.push(' ');
                }
                c if !inside => text.push(c),
                _ => {}
            }
        }
        unescape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The page without its tags, a line for each stretch of text.
    pub fn lines(&self) -> String {
        let stretches = self.html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| unescape(text.trim()));
        stretches.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// A query parameter of the place it ended at.
    pub fn query(&self, name: &str) -> Option<String> {
        Self::parameter(self.url.split('#').next()?.split_once('?')?.1, name)
    }

    /// A parameter behind the `#` of the place it ended at.
    pub fn fragment(&self, name: &str) -> Option<String> {
        Self::parameter(self.url.split_once('#')?.1, name)
    }

    fn parameter(query: &str, name: &str) -> Option<String> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(n, _)| *n == name).map(|(_, value)| decode(value)).next()
    }

    pub fn has_link(&self, words: &str) -> bool {
        self.html.split("<a ").skip(1).any(|part| part.split("</a>").next().is_some_and(|link| link.contains(words)))
    }

    /// Where a link with these words goes.
    pub fn link(&self, words: &str) -> String {
        for part in self.html.split("<a ").skip(1) {
            let (tag, rest) = part.split_once('>').unwrap();
            if rest.split("</a>").next().unwrap().contains(words) {
                return unescape(&attribute(tag, "href").unwrap_or_default());
            }
        }
        panic!("no link {words:?} at {}: {}", self.url, self.text())
    }
}

fn read_form(action: &str, inside: &str) -> FormOnPage {
    let mut form = FormOnPage { action: unescape(action), ..FormOnPage::default() };
    for part in inside.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let value = |name| attribute(tag, name).map(|v| unescape(&v));
        let name = value("name").unwrap_or_default();
        if tag.starts_with("input ") {
            let unchecked = value("type").as_deref() == Some("checkbox") && !tag.contains(" checked");
            if !name.is_empty() && !unchecked {
                form.fields.push((name, value("value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea ") {
            form.fields.push((name, unescape(rest)));
        } else if tag.starts_with("select ") {
            let options = inside.split_once(&format!("<{tag}>")).map_or("", |(_, after)| after.split("</select>").next().unwrap_or(""));
            let chosen = options.split("<option ").skip(1).find(|option| option.split('>').next().unwrap_or("").contains("selected"));
            let first = options.split("<option ").nth(1);
            let chosen = chosen.or(first).and_then(|option| attribute(option, "value")).unwrap_or_default();
            form.fields.push((name, unescape(&chosen)));
        } else if tag.starts_with("button ") {
            form.buttons.push((name, value("value").unwrap_or_default()));
        }
    }
    form
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    between(tag, &format!("{name}=\""), "\"")
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let rest = text.split_once(start)?.1;
    Some(rest.split_once(end)?.0.to_owned())
}

fn unescape(text: &str) -> String {
    let pairs = [
        ("&#38;", "&"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}
