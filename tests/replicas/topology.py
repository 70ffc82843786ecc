"""What `deploy/` describes, as plain processes on loopback: HAProxy, three replicas, PostgreSQL, Redis."""
import glob, os, pwd, re, signal, socket, subprocess, sys, tempfile, time, shutil
import email, email.policy

import httpx

from people import Person, npi

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GATEHOUSE = os.environ.get("GATEHOUSE", f"{ROOT}/target/debug/gatehouse")
# What the replicas run until they are upgraded: an older version, to try a change of tables under load.
BEFORE = os.environ.get("UPGRADE_FROM", GATEHOUSE)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def proxy_config(front, ports):
    """deploy/haproxy/haproxy.cfg itself, with our ports and without TLS."""
    text = open(f"{ROOT}/deploy/haproxy/haproxy.cfg").read()
    text = re.sub(r"^    bind :443.*\n", "", text, flags=re.M)
    text = text.replace("bind :80", f"bind 127.0.0.1:{front}").replace("log /dev/log local0", "log stdout format raw local0")
    text = re.sub(r"^    http-request redirect scheme.*\n", "", text, flags=re.M)
    for number, port in enumerate(ports, 1):
        text = re.sub(rf"server replica-{number} \S+", f"server replica-{number} 127.0.0.1:{port}", text)
    return text


class Process:
    """Started, killed and stopped by its own process id; ready when `is_ready` says so."""
    def __init__(self, command, log, is_ready, environment=None, as_user=None):
        self.command, self.log, self.is_ready = command, log, is_ready
        self.environment, self.as_user, self.process = environment, as_user, None

    def start(self):
        user = {} if self.as_user is None else {"user": self.as_user.pw_uid, "group": self.as_user.pw_gid, "extra_groups": []}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=dict(os.environ, **(self.environment or {})), cwd=os.path.dirname(self.log), **user)
        for _ in range(600):
            if self.is_ready():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"{self.command[0]} did not start:\n{open(self.log, errors='replace').read()[-3000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)


class Topology:
    def __enter__(self):
        self.work, self.commands = tempfile.mkdtemp(), BEFORE
        os.chmod(self.work, 0o755)
        front, postgres, redis, *self.ports = free_ports(6)
        self.issuer = f"http://127.0.0.1:{front}"
        folder = f"{self.work}/pg"
        os.mkdir(folder)
        bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[-2]))[-1]
        user = None
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        subprocess.run([f"{bin}/initdb", "-D", f"{folder}/data", "-U", "gatehouse", "--auth", "trust"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
        ready = lambda: subprocess.run([f"{bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(postgres), "-U", "gatehouse"]).returncode == 0
        # Durable, as in production: what was acknowledged survives the kill.
        self.postgres = Process([f"{bin}/postgres", "-D", f"{folder}/data", "-p", str(postgres), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"],
                                f"{folder}/log", ready, as_user=user)
        self.postgres.start()
        self.psql = [f"{bin}/psql", "-h", "127.0.0.1", "-p", str(postgres), "-U", "gatehouse", "-d", "postgres", "-Atc"]
        subprocess.run([f"{bin}/createdb", "-h", "127.0.0.1", "-p", str(postgres), "-U", "gatehouse", "gatehouse"], check=True)
        self.psql[self.psql.index("postgres", 1)] = "gatehouse"
        redis_ready = lambda: listens(redis)
        self.redis = Process(["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], f"{self.work}/redis.log", redis_ready)
        self.redis.start()
        os.mkdir(f"{self.work}/mail")
        self.replicas = []
        for number, port in enumerate(self.ports):
            config = f"{self.work}/replica-{number}.toml"
            with open(config, "w") as file:
                file.write(f'''issuer = "{self.issuer}"
listen = "127.0.0.1:{port}"
database_url = "postgres://gatehouse@127.0.0.1:{postgres}/gatehouse"
redis_url = "redis://127.0.0.1:{redis}/0"
mail_url = "file://{self.work}/mail"
master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
trusted_proxies = "127.0.0.1"
drain_seconds = 3
log = "warn"
[passwords]
memory_kib = 32
iterations = 1
queue = 1000
[limits]
sign_ins_per_minute = 100000
registrations_per_minute = 100000
letters_per_minute = 100000
''')
            is_ready = lambda port=port: answers(f"http://127.0.0.1:{port}/readyz")
            self.replicas.append(Process([BEFORE, "--config", config, "serve"], f"{self.work}/replica-{number}.log", is_ready))
        # Together, so that migrations and first keys are made once.
        for replica in self.replicas:
            with open(replica.log, "ab") as log:
                replica.process = subprocess.Popen(replica.command, stdout=log, stderr=log)
        for replica in self.replicas:
            for _ in range(600):
                if replica.is_ready():
                    break
                time.sleep(0.05)
            else:
                sys.exit(open(replica.log).read()[-3000:])
        with open(f"{self.work}/haproxy.cfg", "w") as file:
            file.write(proxy_config(front, self.ports))
        self.proxy = Process(["haproxy", "-f", f"{self.work}/haproxy.cfg"], f"{self.work}/haproxy.log", lambda: answers(f"{self.issuer}/readyz"))
        self.proxy.start()
        return self

    def upgrade(self, replica):
        """Stops a replica as a service manager does, and starts this version in its place."""
        replica.stop()
        replica.command[0] = GATEHOUSE
        replica.start()
        self.commands = GATEHOUSE

    def run(self, *command):
        done = subprocess.run([self.commands, "--config", f"{self.work}/replica-0.toml", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client(self, name, secret, members):
        import json
        path = f"{self.work}/client.json"
        with open(path, "w") as file:
            json.dump({"client_id": name, "client_secret": secret, "client_name": name, **members}, file)
        self.run("client", "create", path, "--json")

    def staff(self, name):
        import json
        return json.loads(self.run("staff", "create", "--username", name, "--email", f"{name}@agency.example", "--role", "administrator", "--json"))["enrolment_url"]

    def people(self, count, password):
        """Active people, each of a facility: they moved in from a file and chose a password by mail."""
        path = f"{self.work}/accounts.csv"
        with open(path, "w") as file:
            file.write("username,email,first_name,last_name,facility_name,organization_type,medicaid_id,npi,approved_at\n")
            for n in range(count):
                file.write(f"person{n:02d},person{n:02d}@moved.example,P,N,Clinic {n},provider,{70_900_000_000 + n:012d},{npi(n)},2024-01-31\n")
        self.run("import", "accounts", path)
        people = [Person(self.issuer, f"person{n:02d}") for n in range(count)]
        for person in people:
            person.get("/forgot-password")
            person.send(username=person.name)
        for person in people:
            link = self.letter(f"{person.name}@moved.example")
            person.get(link)
            person.send(password=password, confirm_password=password)
            person.get("/sign-in")
            person.send(username=person.name, password=password)
            assert "Portal home" in person.page.text, person.page.text[:800]
        return people

    def letter(self, to, words=""):
        """The link of a letter to this address, with these words in its subject."""
        for _ in range(200):
            for name in glob.glob(f"{self.work}/mail/*.eml"):
                with open(name, "rb") as file:
                    message = email.message_from_binary_file(file, policy=email.policy.default)
                if message["to"] == to and words in message["subject"]:
                    return re.search(r"https?://\S+", message.get_body(("plain",)).get_content()).group(0)
            time.sleep(0.1)
        sys.exit(f"no letter to {to} about {words!r}")

    def shares(self):
        """Which share of the requests so far each replica got, by the proxy's log."""
        with open(self.proxy.log, errors="replace") as log:
            served = re.findall(r" gatehouse/replica-(\d) ", log.read())
        return [served.count(str(number)) / max(1, len(served)) for number in range(1, len(self.ports) + 1)]

    def restore_drill(self):
        """deploy/restore-drill, into a second database of the same server."""
        at = self.psql.index("-p")
        subprocess.run([self.psql[0].replace("psql", "createdb"), "-h", "127.0.0.1", "-p", self.psql[at + 1], "-U", "gatehouse", "drill"], check=True)
        place = f"postgres://gatehouse@127.0.0.1:{self.psql[at + 1]}"
        environment = dict(os.environ, GATEHOUSE=GATEHOUSE, DATABASE_URL=f"{place}/gatehouse", RESTORE_URL=f"{place}/drill",
                           PATH=os.path.dirname(self.psql[0]) + ":" + os.environ["PATH"])
        done = subprocess.run([f"{ROOT}/deploy/restore-drill", f"{self.work}/replica-0.toml", f"{self.work}/drill"], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def freeze_postgres(self, how):
        """Sends a signal to the server and to each of its processes: connections stay open, and nobody answers."""
        postmaster = self.postgres.process.pid
        children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
        for pid in [postmaster, *map(int, children)]:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def sql(self, query):
        return subprocess.run([*self.psql, query], capture_output=True, text=True, check=True).stdout.strip()

    def __exit__(self, *_):
        for process in [self.proxy, *self.replicas, self.redis]:
            if process.process and process.process.poll() is None:
                process.process.send_signal(signal.SIGCONT)
                process.process.kill()
                process.process.wait()
        self.postgres.stop(signal.SIGINT)
        shutil.rmtree(self.work, ignore_errors=True)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def answers(place):
    try:
        return httpx.get(place, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
