"""Reads the metrics of a server."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers.processes import HOST


def parse_samples(text):
    """Give the value of every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(samples, name, **labels):
    wanted = set(labels.items())
    return sum(value for (found, *given), value in samples.items() if found == name and wanted <= set(given))


def fetch_samples(port):
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=5) as answer:
        return parse_samples(answer.read().decode())
