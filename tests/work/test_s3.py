"""Files by way of an S3-compatible store: made by one machine, fetched from another, gone from the store afterwards."""

import uuid
from datetime import timedelta

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from accounts import stray_files
from jas_portal.models import Job, JobState
from jas_portal.work import jobs
from jas_portal.work.kinds import KINDS
from tests.test_settings import start

SECRETS = {"aws_access_key_id": "portaal", "aws_secret_access_key": "geheim", "region_name": "eu-west-1"}


@pytest.fixture
def bucket(settings):
    """A bucket of a store on the loopback, that the settings name."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    store = boto3.resource("s3", endpoint_url=address, **SECRETS)
    made = store.create_bucket(Bucket="portaal", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "portaal",
                "endpoint_url": address,
                "region_name": "eu-west-1",
                "access_key": "portaal",
                "secret_key": "geheim",
                "addressing_style": "path",
                "default_acl": None,
                "file_overwrite": False,
            },
        },
    }
    yield made
    # What it holds outlives the server.
    made.objects.delete()
    made.delete()
    server.stop()


@pytest.mark.django_db
def test_a_job_made_by_one_machine_is_fetched_from_another(bucket, cast, sign_in):
    job = jobs.ask(kind=KINDS["dossiers-xlsx"], parameters={}, key=uuid.uuid4(), by=cast.klantmanager)
    jobs.work(worker="elsewhere")
    job.refresh_from_db()
    assert job.state == JobState.KLAAR
    # The result alone is left, under a name that tells nothing.
    [stored] = bucket.objects.all()
    assert stored.key == job.file.name
    response = sign_in(cast.klantmanager).get(f"/opdrachten/{job.pk}/bestand/")
    assert b"".join(response.streaming_content) == stored.get()["Body"].read()
    default_storage.delete(job.file.name)
    assert list(bucket.objects.all()) == []


@pytest.mark.django_db
def test_a_file_of_which_no_job_knows_leaves_the_store(bucket, cast, monkeypatch):
    monkeypatch.setattr(stray_files, "_BATCH", 2)
    job = jobs.ask(kind=KINDS["dossiers-xlsx"], parameters={}, key=uuid.uuid4(), by=cast.klantmanager)
    assert jobs.clean_up() == 0  # nothing was ever stored
    jobs.work(worker="elsewhere")
    job.refresh_from_db()
    for _number in range(4):
        default_storage.save(f"jobs/{uuid.uuid4().hex}", ContentFile(b"Selam Tekle"))
    stored_at = max(stored.last_modified for stored in bucket.objects.all())
    jobs.clean_up(now=stored_at + timedelta(hours=23))
    assert len(list(bucket.objects.all())) == 5
    Job.objects.update(ended_at=stored_at + timedelta(hours=20))
    jobs.clean_up(now=stored_at + timedelta(hours=25))
    assert [stored.key for stored in bucket.objects.all()] == [job.file.name]


def test_settings_name_a_store(tmp_path):
    done = start(
        tmp_path,
        SECRET_KEY="only-for-this-test",
        STORAGE_S3_BUCKET="portaal",
        STORAGE_S3_ENDPOINT="http://127.0.0.1:1",
        STORAGE_S3_ACCESS_KEY="portaal",
        STORAGE_S3_SECRET_KEY="geheim",
    )
    assert done.returncode == 0, done.stderr
