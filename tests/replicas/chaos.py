#!/usr/bin/env python3
"""Three replicas behind HAProxy on loopback, with a PostgreSQL and a Redis of their own; under load, each part is lost in turn.

run: chaos.py [--quick] [--report FILE]       needs: postgres, redis-server, haproxy, httpx; $GATEHOUSE is the binary, $UPGRADE_FROM
an older one that the rolling upgrade replaces

Asserted: no acknowledged change lost, no code used twice, no token of a suspended account accepted 100 ms after it was
suspended, every letter sent once (or, after a kill, at most twice), errors only while a part is gone, and none at all in a
rolling upgrade and a rotation of keys.
"""
import argparse, base64, collections, email, email.policy, glob, json, os, secrets, signal, sys, threading, time

import httpx

import story
from people import Person, npi
from topology import Topology

arguments = argparse.ArgumentParser()
arguments.add_argument("--quick", action="store_true", help="a kill, a rolling upgrade and suspensions: under a minute")
arguments.add_argument("--report", help="writes what was measured as Markdown")
options = arguments.parse_args()
BOUND = 0.1  # seconds after a suspension was acknowledged

done = threading.Event()
lock = threading.Lock()
answers = []        # (when it ended, what, whether it was good, what it said)
registered = []     # usernames that were told that a letter is on its way
violations = []


def note(what, good, said=""):
    with lock:
        answers.append((time.time(), what, good, said))


def guarded(what, work):
    """One piece of load: true where it was answered as it should be."""
    try:
        said = work()
    except (httpx.HTTPError, OSError) as error:
        said = f"{type(error).__name__} {error}"
    note(what, not said, said or "")
    return not said


def introspecting(place, token):
    with httpx.Client(base_url=place, timeout=10) as http:
        while not done.is_set():
            def ask():
                answer = http.post("/oauth2/introspect", data={"token": token}, auth=RS)
                if answer.status_code != 200:
                    return f"{answer.status_code}"
                return "" if answer.json()["active"] else "a good token is refused"
            guarded("introspection", ask)
            time.sleep(0.01)


def redeeming(topology, person):
    """A code, redeemed twice at the same moment: at most one gets tokens, and what it got verifies."""
    keys = Keys(topology.issuer)
    while not done.is_set():
        def round_trip():
            place = person.authorize(WEB_ID)
            if "code" not in place:
                return str(place)
            form = {"grant_type": "authorization_code", "code": place["code"][0], "redirect_uri": CALLBACK, "code_verifier": person.verifier}
            results = []
            def redeem():
                try:
                    results.append(httpx.post(f"{topology.issuer}/oauth2/token", data=form, auth=WEB, timeout=10))
                except httpx.HTTPError as error:
                    results.append(error)
            # In four of five rounds the code is used once, as applications do.
            both = [threading.Thread(target=redeem) for _ in range(2 if secrets.randbelow(5) == 0 else 1)]
            [thread.start() for thread in both]
            [thread.join() for thread in both]
            got = [r for r in results if isinstance(r, httpx.Response)]
            won = [r for r in got if r.status_code == 200]
            if len(won) > 1:
                violations.append("a code was used twice")
            for answer in won:
                if not keys.verify(answer.json()["id_token"]):
                    violations.append("an ID token does not verify")
            bad = [f"{r.status_code}" if isinstance(r, httpx.Response) else type(r).__name__ for r in results
                   if not isinstance(r, httpx.Response) or r.status_code >= 500]
            return ",".join(bad) or ("" if won or len(both) == 2 else f"{got[0].status_code} {got[0].text[:120]}")
        guarded("code", round_trip)
        time.sleep(0.02)


def registering(topology, number):
    n = 0
    while not done.is_set():
        n += 1
        name = f"c{number}x{n}"
        def register():
            person = Person(topology.issuer)
            page = person.get("/register")
            page = person.send(email=f"{name}@load.example", username=name, password=PASSWORD, confirm_password=PASSWORD)
            if page.status_code != 200:
                return f"{page.status_code}"
            page = person.send(first_name="C", last_name="X", organization_name=f"{name} clinic", organization_type="provider",
                               medicaid_id=f"{70_000_000_000 + number * 1_000_000 + n:012d}", npi=npi(number * 1_000_000 + n + 1_000))
            if page.status_code != 200:
                return f"{page.status_code}"
            with lock:
                registered.append(name)
        guarded("registration", register)
        time.sleep(0.1)


class Keys:
    """The JWKS as a relying party keeps it: read again when a token names a key it does not know."""
    def __init__(self, issuer):
        self.issuer, self.known = issuer, {}

    def verify(self, token):
        from joserfc import jws
        from joserfc.jwk import KeySet
        head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        if head["kid"] not in self.known:
            found = None
            for _ in range(50):
                try:
                    found = httpx.get(f"{self.issuer}/oauth2/jwks", timeout=5)
                    if found.status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.2)
            keys = KeySet.import_key_set(found.json())
            self.known = {key.kid: key for key in keys.keys}
        if head["kid"] not in self.known:
            return False
        try:
            jws.deserialize_compact(token, self.known[head["kid"]], algorithms=["RS256"])
            return True
        except Exception:
            return False


class Phase:
    """What happened while a part was gone, and after it was back."""
    def __init__(self, name):
        self.name, self.began = name, time.time()
        self.back = None

    def ends(self, settle):
        """Called when the part is back; waits until load was good for `settle` seconds."""
        self.back = self.back or time.time()
        time.sleep(settle)
        with lock:
            mine = [a for a in answers if a[0] >= self.began]
        bad = [a for a in mine if not a[2]]
        self.total, self.bad = len(mine), len(bad)
        self.recovery = max(0.0, max((a[0] for a in bad), default=self.back) - self.back)
        self.kinds = collections.Counter(f"{a[1]} {a[3][:60]}" for a in bad).most_common(4)
        self.late = [a for a in bad if a[0] > self.back + settle - 3]
        print(f"{self.name:<34} {self.total:>6} requests, {self.bad:>5} failed, recovered {self.recovery:.2f} s after it was back", flush=True)
        for kind, count in self.kinds:
            print(f"    {count:>5} × {kind}")
        phases.append(self)
        return self


def suspend(topology, rosa, people, delays):
    """Suspends people, and asks every replica about their tokens until none says yes."""
    for person in people:
        rosa.get(f"/staff/accounts?q={person.name}")
        rosa.get(rosa.link(person.name))
        acknowledged = []
        started = time.time()
        violationless = threading.Event()
        last_yes = {}
        def watch(port):
            with httpx.Client(timeout=0.5) as http:
                while not violationless.is_set():
                    asked = time.time()
                    try:
                        answer = http.post(f"http://127.0.0.1:{port}/oauth2/introspect", data={"token": person.token}, auth=RS)
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == 200 and answer.json()["active"]:
                        last_yes[port] = asked
                    time.sleep(0.002)
        watchers = [threading.Thread(target=watch, args=(port,)) for port in topology.ports]
        [w.start() for w in watchers]
        page = rosa.send(reason="Chaos.")
        moment = time.time()
        time.sleep(0.4)
        violationless.set()
        [w.join() for w in watchers]
        if "Suspended" not in page.text:
            violations.append(f"a suspension was not acknowledged: {page.status_code}")
            continue
        suspended.append(person)
        delays.extend(max(0.0, asked - moment) for asked in last_yes.values())
        late = [asked - moment for asked in last_yes.values() if asked - moment > BOUND]
        if late:
            violations.append(f"a suspended account's token was accepted {max(late):.3f} s later")


WEB_ID, CALLBACK, PASSWORD = "web", "https://rp.test/cb", "correct horse battery staple"
WEB = (WEB_ID, "web-secret-0123456789abcdef0123456789")
RS = ("rs", "rs-secret-0123456789abcdef01234567890")
phases = []
delays = []
suspended = []

with Topology() as topology:
    web = {"redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access profile facility", "skip_consent": True}
    topology.client(*WEB, web)
    topology.client(*RS, {"grant_types": ["client_credentials"], "response_types": [], "allow_introspection": True, "scope": "profile facility"})
    rosa = Person(topology.issuer)
    secret = rosa.enrol(topology.staff("rosa"), PASSWORD)
    shares = story.tell(topology, rosa, WEB, RS)
    print("the story is told, by shares of " + ", ".join(f"{share:.0%}" for share in shares), flush=True)
    count = 6 if options.quick else 24
    people = topology.people(count + 3, PASSWORD)
    for person in people:
        person.token = person.tokens(WEB_ID, WEB, CALLBACK)["access_token"]
    load = [threading.Thread(target=introspecting, args=(topology.issuer, people[0].token)) for _ in range(2)]
    load += [threading.Thread(target=redeeming, args=(topology, person)) for person in people[1:3]]
    load += [threading.Thread(target=registering, args=(topology, n)) for n in range(2)]
    [thread.start() for thread in load]
    targets = iter(people[3:])
    some = lambda n: [next(targets) for _ in range(n)]

    phase = Phase("nothing is wrong")
    suspend(topology, rosa, some(3 if options.quick else 8), delays)
    phase.ends(3)

    phase = Phase("a replica is killed (kill -9)")
    topology.replicas[0].kill()
    time.sleep(3)
    topology.replicas[0].start()
    phase.ends(4)

    phase = Phase("rolling upgrade")
    for replica in topology.replicas:
        topology.upgrade(replica)
        time.sleep(2)  # the older ones go on beside it
    phase.ends(3)
    upgrade = phase

    if not options.quick:
        phase = Phase("signing keys rotate")
        topology.run("key", "rotate", "--now")
        phase.ends(5)
        rotation = phase

        rosa = rosa.again("rosa", PASSWORD, secret)
        phase = Phase("Redis restarts")
        topology.redis.kill()
        suspend(topology, rosa, some(4), delays)
        topology.redis.start()
        phase.ends(4)

        phase = Phase("PostgreSQL restarts")
        topology.postgres.kill()
        time.sleep(2)
        topology.postgres.start()
        phase.ends(8)

        phase = Phase("PostgreSQL answers nothing for 10 s")
        topology.freeze_postgres(signal.SIGSTOP)
        time.sleep(10)
        topology.freeze_postgres(signal.SIGCONT)
        phase.ends(8)

        rosa = rosa.again("rosa", PASSWORD, secret)
        phase = Phase("a replica is frozen for 8 s")
        os.kill(topology.replicas[1].process.pid, signal.SIGSTOP)
        time.sleep(3)
        suspend(topology, rosa, some(4), delays)
        time.sleep(4)
        os.kill(topology.replicas[1].process.pid, signal.SIGCONT)
        # What it slept through it must not say yes to, from its first answer on.
        for person in suspended:
            answer = httpx.post(f"http://127.0.0.1:{topology.ports[1]}/oauth2/introspect", data={"token": person.token}, auth=RS, timeout=10)
            if answer.status_code == 200 and answer.json()["active"]:
                violations.append("a replica that was frozen accepts the token of a suspended account")
        phase.ends(5)

        rosa = rosa.again("rosa", PASSWORD, secret)
        phase = Phase("Redis does not answer for 60 s")
        os.kill(topology.redis.process.pid, signal.SIGSTOP)
        suspend(topology, rosa, some(4), delays)
        time.sleep(max(0, 60 - (time.time() - phase.began)))
        os.kill(topology.redis.process.pid, signal.SIGCONT)
        phase.ends(4)

        phase = Phase("a backup is taken, restored and verified")
        taken = time.time()
        print(topology.restore_drill(), end="")
        drill = time.time() - taken
        phase.ends(2)

    done.set()
    [thread.join() for thread in load]
    time.sleep(3)
    # What was acknowledged is there, with its letter.
    kept = set(topology.sql("SELECT username FROM accounts").split())
    stated = set(topology.sql("SELECT a.username FROM accounts a JOIN profiles p ON p.account_id = a.id JOIN cases c ON c.account_id = a.id "
                              "WHERE p.organization_name = a.username || ' clinic'").split())
    lost = [name for name in registered if name not in kept or name not in stated]
    letters = collections.Counter()
    for name in glob.glob(f"{topology.work}/mail/*.eml"):
        with open(name, "rb") as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        if "Confirm" in message["subject"]:
            letters[message["to"].split("@")[0]] += 1
    missing = [name for name in registered if letters[name] == 0]
    often = [name for name in registered if letters[name] > 2]
    audit = topology.run("audit", "verify")

problems = list(dict.fromkeys(violations))
problems += [f"{len(lost)} acknowledged registrations are lost: {lost[:5]}"] if lost else []
problems += [f"{len(missing)} letters are lost: {missing[:5]}"] if missing else []
problems += [f"{len(often)} letters came more than twice: {often[:5]}"] if often else []
problems += [f"{phase.name}: it still failed three seconds before the end: {phase.late[:3]}" for phase in phases if phase.late]
problems += [f"{upgrade.bad} requests failed in the rolling upgrade: {upgrade.kinds}"] if upgrade.bad else []
if not options.quick:
    problems += [f"{rotation.bad} requests failed while keys rotated: {rotation.kinds}"] if rotation.bad else []
twice = sum(1 for name in registered if letters[name] == 2)
slowest = max(delays, default=0.0)
ordered = sorted(delays)
p99 = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
print(f"{len(registered)} registrations acknowledged, {len(lost)} lost; {twice} letters came twice, {len(missing)} never")
print(f"suspension seen by every replica: slowest {slowest * 1000:.0f} ms after it was acknowledged, of {len(delays)} answers that still said yes")
if options.report:
    with open(options.report, "w") as out:
        out.write("| part | requests | failed | last failure after it was back |\n|---|---|---|---|\n")
        for phase in phases:
            out.write(f"| {phase.name} | {phase.total:,} | {phase.bad:,} | {phase.recovery:.2f} s |\n")
        out.write(f"\n{len(registered):,} registrations acknowledged, {len(lost)} lost; {twice} letters came twice, {len(missing)} never. "
                  f"Suspension: p99 {p99 * 1000:.0f} ms, slowest {slowest * 1000:.0f} ms.\n")
        if not options.quick:
            out.write(f"\nBackup under load, restore and verification: {drill:.1f} s.\n")
for problem in problems:
    print("BAD:", problem)
sys.exit(1 if problems else 0)
