# SPDX-License-Identifier: MulanPSL-2.0
"""Secure channel SC2 a second time, written from docs/protocol.md and docs/policy.md alone.

For tests: it makes vectors and talks to the C libraries. Nothing is wiped and little is fast.
"""
