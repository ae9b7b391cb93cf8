# SPDX-License-Identifier: MulanPSL-2.0
"""Runs the tests beside this file; the last line is RESULT N passed N failed N skipped."""
import sys
import unittest
import warnings

import rig

warnings.filterwarnings("ignore", category=DeprecationWarning)
try:
    from cryptography.utils import CryptographyDeprecationWarning
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
except ImportError:
    pass

print("modules under test: " + rig.MODULES)
suite = unittest.defaultTestLoader.loadTestsFromNames(
    sys.argv[1:] or ["test_protocol", "test_library", "test_server"])
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1, warnings="ignore").run(suite)
bad = len(result.failures) + len(result.errors)
skipped = len(result.skipped)
for test, why in result.skipped:
    print("skipped: %s: %s" % (test, why))
print("RESULT %d passed %d failed %d skipped" % (max(result.testsRun - bad - skipped, 0), bad, skipped))
sys.exit(bad > 0)
