"""A believable world to try the desk on: agents, customers and a month of cases, made from one seed."""

from __future__ import annotations

from desk.services.demo.building import CASES, SEED, DemoRefusedError, DemoReport, build_demo, open_demo

__all__ = ["CASES", "SEED", "DemoRefusedError", "DemoReport", "build_demo", "open_demo"]
