"""A collector, the service, and somebody who mistypes a password: tests/deploy/traces.py FOLDER"""
import os, re, signal, socket, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor

import grpc, httpx
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

work = sys.argv[1]
got = []


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        got.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def story(collector):
    """Serves with traces going to `collector`; gives the seconds it took to stop."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    environment = {
        "GATEHOUSE_ISSUER": issuer, "GATEHOUSE_LISTEN": f"127.0.0.1:{port}", "GATEHOUSE_DATABASE_URL": f"sqlite:{work}/{port}.db",
        "GATEHOUSE_MAIL_URL": f"file://{work}/mail", "GATEHOUSE_MASTER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "GATEHOUSE_LOG": "warn", "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
    }
    server = subprocess.Popen([f"{work}/gatehouse", "serve"], env=environment)
    try:
        with httpx.Client(base_url=issuer) as http:
            for _ in range(300):
                try:
                    if http.get("/readyz").status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.1)
            page = http.get("/sign-in?next=/quagmire")
            token = re.search(r'name="csrf" value="([^"]*)"', page.text).group(1)
            answer = http.post("/sign-in", data={"csrf": token, "username": "zebulon", "password": "quagmire quagmire"})
            assert answer.status_code in (200, 400, 401, 422), answer.status_code
    finally:
        # As at the keyboard: it stops without draining.
        began = time.time()
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    return time.time() - began


server = grpc.server(ThreadPoolExecutor(2))
trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
story(f"http://127.0.0.1:{port}")
server.stop(0)

resources = [block.resource for request in got for block in request.resource_spans]
spans = [span for request in got for block in request.resource_spans for scope in block.scope_spans for span in scope.spans]
names = sorted({span.name for span in spans})
service = {a.key: a.value.string_value for resource in resources for a in resource.attributes}["service.name"]
assert service == "gatehouse", service
for name in ("GET /sign-in", "POST /sign-in", "argon2id", "database read"):
    assert name in names, f"{name} in {names}"
posted = next(span for span in spans if span.name == "POST /sign-in")
hashed = next(span for span in spans if span.name == "argon2id")
assert hashed.trace_id == posted.trace_id and hashed.parent_span_id == posted.span_id, "the hash belongs to the request"
assert not posted.parent_span_id, "a trace begins here"
facts = {a.key: a.value for a in posted.attributes}
assert facts["http.route"].string_value == "/sign-in" and facts["http.response.status_code"].int_value >= 200, facts
told = str(got).lower()
for secret in ("zebulon", "quagmire", "next=", "cookie"):
    assert secret not in told, secret
print(f"{len(spans)} spans: {', '.join(names)}")
took = story(f"http://127.0.0.1:{free_port()}")
print(f"without a collector it served, and stopped in {took:.1f} s")
