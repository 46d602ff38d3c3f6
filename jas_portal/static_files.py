"""Which files of the front-end packages are collected: those the pages use, not every build and weight there is."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class PortalStaticFiles(StaticFilesConfig):
    """Django's app with a longer list of what stays behind; collecting takes a third of the time."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        # Bootstrap: the two minified stylesheets (LTR, RTL) and the bundled script are enough.
        "bootstrap-*",
        "bootstrap.css*",
        "bootstrap.rtl.css*",
        "bootstrap.js*",
        "bootstrap.min.js*",
        "bootstrap.esm.*",
        "bootstrap.bundle.js*",
        # Noto: the two scripts in regular and bold; Latin is the system's own.
        "noto-sans-*.woff",
        "noto-sans-*-latin*",
        "noto-sans-*-math-*",
        "noto-sans-*-symbols-*",
        *[f"noto-sans-*-{weight}-*" for weight in (100, 200, 300, 500, 600, 800, 900)],
    ]
