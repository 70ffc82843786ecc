"""What people do from their first registration to their second facility, through the proxy, with each request on another replica."""
import threading

import httpx

from people import Person, npi

PASSWORD = "correct horse battery staple"
CALLBACK = "https://rp.test/cb"
HEADER = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI"


def apply(topology, name, number):
    """Registers, states a profile, presses the button of the letter: the case is in review."""
    person = Person(topology.issuer, name)
    person.get("/register")
    person.send(email=f"{name}@story.example", username=name, password=PASSWORD, confirm_password=PASSWORD)
    person.send(first_name="Ada", last_name="Story", organization_name=f"{name} clinic", organization_type="provider",
                medicaid_id=f"{70_500_000_000 + number:012d}", npi=npi(500_000 + number))
    person.get(topology.letter(f"{name}@story.example", "Confirm"))
    person.send()
    return person


def invited(topology, address, username):
    """Follows an invitation's letter and presses its button, which consumes nothing: about to register."""
    person = Person(topology.issuer, username)
    person.get(topology.letter(address, "invited"))
    person.send()
    return person


def claims(topology, token, rs):
    return httpx.post(f"{topology.issuer}/oauth2/introspect", data={"token": token}, auth=rs, timeout=10).json()


def tell(topology, rosa, web, rs):
    """The whole story; every sentence of it is asserted."""
    # One registration, gated until staff decide.
    ada = apply(topology, "storyada", 1)
    waiting = ada.authorize(web[0])
    assert "code" not in waiting, waiting
    rosa.get("/staff/queue")
    rosa.get(rosa.link("storyada clinic"))
    assert "Approved by" in rosa.send().text, rosa.page.text[:600]
    first = ada.tokens(web[0], web, CALLBACK)["access_token"]
    assert claims(topology, first, rs)["facility_name"] == "storyada clinic"

    # A sheet of two facilities, decided together, becomes two invitations.
    ada.get("/facilities/requests/new")
    rows = [f"{who}@second.example\t217-555-0101\t{name}\tNursing facility\t{70_500_000_100 + n:012d}\t{npi(500_100 + n)}"
            for n, (who, name) in enumerate([("elm", "Elm House"), ("oak", "Oak House")])]
    ada.send(contact_name="Ada Story", contact_email="storyada@story.example", contact_phone="217-555-0100", pasted="\n".join([HEADER, *rows]))
    assert "Elm House" in ada.page.text, ada.page.text[:900]
    rosa.get("/staff/requests")
    rosa.get(rosa.link("FR-"))
    rosa.send(decision="approve", **rosa.boxes("row_"))

    # Two people redeem one invitation at the same moment: one account.
    both = [invited(topology, "elm@second.example", f"storyelm{n}") for n in range(2)]
    def register(person):
        person.send(username=person.name, password=PASSWORD, confirm_password=PASSWORD)
    threads = [threading.Thread(target=register, args=(person,)) for person in both]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    made = topology.sql("SELECT username FROM accounts WHERE username LIKE 'storyelm%'").split()
    assert len(made) == 1, made
    elm = next(person for person in both if person.name == made[0])
    elm.send(first_name="Elmer", last_name="Story")
    assert claims(topology, elm.tokens(web[0], web, CALLBACK)["access_token"], rs)["facility_name"] == "Elm House"

    # The other she adds to herself, and acts for it in the same session.
    ada.get(topology.letter("oak@second.example", "invited"))
    ada.send()
    ada.send(username="storyoak", same_password="yes")
    ada.send()
    second = ada.tokens(web[0], web, CALLBACK, login_hint="storyoak")["access_token"]
    told = claims(topology, second, rs)
    assert (told["facility_name"], told["username"]) == ("Oak House", "storyoak"), told
    ada.get("/switch")
    assert "storyada clinic" in ada.page.text and "Oak House" in ada.page.text

    # Signing out ends both accounts' sessions; offline grants stay until somebody ends them.
    ada.get("/sign-out")
    ada.send()
    assert "code" not in ada.authorize(web[0])
    # An administrator suspends: nothing of the account is good any more, on any replica.
    rosa.get("/staff/accounts?q=storyoak")
    rosa.get(rosa.link("storyoak"))
    rosa.send(reason="The story ends.")
    for port in topology.ports:
        answer = httpx.post(f"http://127.0.0.1:{port}/oauth2/introspect", data={"token": second}, auth=rs, timeout=10).json()
        assert answer == {"active": False}, answer
    shares = topology.shares()
    assert all(share > 0.2 for share in shares), f"requests were not spread over the replicas: {shares}"
    return shares
