"""Which addresses calls go to."""

import pytest
import respx

from app.api.deps import Services
from app.domain.accounts import Account, Environment, Location
from app.sync.lines import StoreNotConfigured

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

UPLOADED = {"location": "https://a.allegroimg.com/original/1", "expiresAt": "2026-10-13T10:00:00Z"}


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("configured", ["https://upload.allegro.example", None])
def test_pictures_go_to_the_address_for_uploads(
    services: Services, environment: Environment, configured: str | None
) -> None:
    services.lines.config = services.config.model_copy(update={"allegro_upload_url": configured})
    account = Account(1, "Kubki", environment, "Kubki", "client-1", True, "kubki", Location(), "PLN", True, False)
    host = services.lines.hosts_of(environment).upload
    assert host == (configured or host)
    assert host != services.lines.hosts_of(environment).api
    with respx.mock(base_url=host) as router:
        router.post("/sale/images").respond(201, json=UPLOADED)
        services.lines.allegro(account, access_token="token-1").images.upload("https://shop.example/kubek.jpg")


def test_documents_are_fetched_for_the_store_that_is_configured(services: Services) -> None:
    own = f"{services.config.store_url}/fv/1.pdf"
    with respx.mock as router:
        router.get(own).respond(content=b"%PDF-1.4")
        assert services.lines.documents().pdf(own) == b"%PDF-1.4"
    services.lines.config = services.config.model_copy(update={"store_url": None})
    with pytest.raises(StoreNotConfigured):
        services.lines.documents()
