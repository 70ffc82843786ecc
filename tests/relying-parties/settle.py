"""Brings one person from registration to an active account, by the pages and the mail folder alone.

run: settle.py ISSUER MAIL_FOLDER ENROLMENT_URL
"""
import base64
import email
import email.policy
import glob
import hashlib
import hmac
import os
import re
import struct
import sys
import time
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from env import CA, FORM

issuer, mail, enrolment = sys.argv[1:4]


class Person:
    def __init__(self):
        self.http = httpx.Client(verify=CA, follow_redirects=True, timeout=20)

    def get(self, place):
        self.page = self.http.get(urljoin(issuer, place))
        assert self.page.status_code == 200, (place, self.page.status_code, self.page.text[:500])
        return self.page.text

    def send(self, **fill):
        """Fills the first POST form and presses its first button."""
        form = re.search(r'<form method="post" action="([^"]*)".*?</form>', self.page.text, re.S)
        fields = {}
        for tag in re.findall(r"<(?:input|button)\b[^>]*>", form.group(0)):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and "checkbox" not in tag and not (tag.startswith("<button") and name.group(1) in fields):
                fields[name.group(1)] = unescape(value.group(1)) if value else ""
        for name, options in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form.group(0), re.S):
            chosen = re.search(r'value="([^"]*)" selected', options)
            fields[name] = unescape(chosen.group(1)) if chosen else ""
        fields.update(fill)
        self.page = self.http.post(urljoin(str(self.page.url), unescape(form.group(1))), data=fields)
        assert self.page.status_code == 200, (self.page.status_code, self.page.text[:2000])
        return self.page.text


def letter(subject):
    for _ in range(100):
        for name in sorted(glob.glob(f"{mail}/*.eml")):
            with open(name, "rb") as file:
                message = email.message_from_binary_file(file, policy=email.policy.default)
            if subject in message["subject"]:
                return message.get_body(("plain",)).get_content()
        time.sleep(0.1)
    raise SystemExit(f"no letter about {subject}")


def code(secret):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


alice = Person()
alice.get("/register")
name, password = FORM["username"], FORM["password"]
alice.send(email="alice@provider.example", username=name, password=password, confirm_password=password)
alice.send(first_name="Alice", last_name="Example", organization_name="Example Clinic", organization_type="provider",
           medicaid_id="070000001234", npi="2000000002", contact_phone="217-555-0100")
alice.get(re.search(r"https?://\S+", letter("Confirm")).group(0))
assert "decide by" in alice.send(), alice.page.text

rosa = Person()
rosa.get(enrolment)
link = unescape(re.search(r'href="(otpauth://[^"]*)"', rosa.page.text).group(1))
secret = parse_qs(urlsplit(link).query)["secret"][0]
rosa.send(password="a calm lake in november", confirm_password="a calm lake in november", otp=code(secret))
rosa.get(re.search(r'href="(/staff/cases/[^"]*)">Example Clinic', rosa.page.text).group(1))
assert "Approved by" in rosa.send(), rosa.page.text
print(f"{name} is active")
