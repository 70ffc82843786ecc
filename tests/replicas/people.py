"""A person at a browser, for the tests of replicas: forms by their fields, links by their words."""
import base64, hashlib, hmac, re, secrets, struct, time
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx


def code(secret):
    """What an authenticator shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def npi(number):
    """A National Provider Identifier: nine digits and a check digit (Luhn, with the prefix 80840)."""
    digits = f"2{number:08d}"
    total = 0
    for at, digit in enumerate(reversed("80840" + digits)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


class Person:
    def __init__(self, issuer, name=""):
        self.issuer, self.name = issuer, name
        self.http = httpx.Client(follow_redirects=True, timeout=10)

    def get(self, place):
        self.page = self.http.get(urljoin(self.issuer, place))
        return self.page

    def link(self, words):
        for href, text in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', self.page.text, re.S):
            if words in text:
                return unescape(href)
        raise AssertionError(f"no link {words}: {self.page.text[:600]}")

    def send(self, **fill):
        """Fills the first POST form and presses its first button."""
        form = re.search(r'<form method="post" action="([^"]*)".*?</form>', self.page.text, re.S)
        if form is None:
            raise httpx.RequestError(f"no form on a page with status {self.page.status_code}")
        fields = {}
        for tag in re.findall(r"<(?:input|button)\b[^>]*>", form.group(0)):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and "checkbox" not in tag and 'type="file"' not in tag and not (tag.startswith("<button") and name.group(1) in fields):
                fields[name.group(1)] = unescape(value.group(1)) if value else ""
        for name, choices in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form.group(0), re.S):
            chosen = re.search(r'value="([^"]*)" selected', choices)
            fields[name] = unescape(chosen.group(1)) if chosen else ""
        fields.update(fill)
        # A form that can carry a file is sent as a browser sends it where none was chosen.
        files = {"file": ("", b"", "application/octet-stream")} if "multipart/form-data" in form.group(0) else None
        self.page = self.http.post(urljoin(str(self.page.url), unescape(form.group(1))), data=fields, files=files)
        return self.page

    def boxes(self, beginning):
        """The page's check boxes whose names begin so, ticked."""
        boxes = re.findall(r'<input type="checkbox"[^>]*name="([^"]*)" value="([^"]*)"', self.page.text)
        return {name: value for name, value in boxes if name.startswith(beginning)}

    def enrol(self, link, password):
        """A member of the staff sets a password and an authenticator; gives its secret."""
        self.get(link)
        secret = re.search(r"otpauth://[^\"]*secret=([A-Z2-7]+)", unescape(self.page.text)).group(1)
        self.send(password=password, confirm_password=password, otp=code(secret))
        assert self.page.status_code == 200 and "/staff" in str(self.page.url), self.page.text[:800]
        return secret

    def again(self, name, password, secret):
        """The same member of the staff, signed in anew with a code that was not used yet."""
        step = int(time.time()) // 30
        while int(time.time()) // 30 == step:
            time.sleep(0.5)
        for _ in range(3):
            fresh = Person(self.issuer, name)
            fresh.get("/sign-in")
            fresh.send(username=name, password=password)
            fresh.send(otp=code(secret))
            if "/staff" in str(fresh.page.url):
                return fresh
            time.sleep(30)
        raise AssertionError(fresh.page.text[:800])

    def authorize(self, client, **further):
        """Asks for a code; the parameters of the answer."""
        self.verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode({"client_id": client, "response_type": "code", "redirect_uri": "https://rp.test/cb", "scope": "openid offline_access profile facility",
                           "state": "s", "code_challenge": challenge, "code_challenge_method": "S256", **further})
        answer = self.http.get(f"{self.issuer}/oauth2/authorize?{query}", follow_redirects=False)
        place = answer.headers.get("location", "")
        return parse_qs(urlsplit(place).query) if place.startswith("https://rp.test/cb") else {"status": [str(answer.status_code)], "page": [answer.text[:200] or place]}

    def tokens(self, client, proof, callback, **further):
        place = self.authorize(client, **further)
        assert "code" in place, place
        answer = httpx.post(f"{self.issuer}/oauth2/token", auth=proof, timeout=10, data={
            "grant_type": "authorization_code", "code": place["code"][0], "redirect_uri": callback, "code_verifier": self.verifier})
        assert answer.status_code == 200, answer.text
        return answer.json()
