from __future__ import annotations
import pytest
from tests.browser.crawl import crawl
from tests.browser.site import Site
from django.test import Client
from yishi.foundation.access.models import User
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_x(site: Site) -> None:
    seen: set[str] = set()
    import time
    t=time.time()
    for user in User.objects.filter(is_demo=True).order_by("id"):
        c = Client(); c.force_login(user, backend="yishi.foundation.access.backends.AccountBackend")
        for f in crawl(c, user.username, ["/desk/"], seen): print(f)
    for f in crawl(Client(), "resident", ["/", "/screen/","/desk/sign-in/"], seen): print(f)
    print(time.time()-t)
