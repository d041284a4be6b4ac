"""A believable world to try the desk on: agents, customers and a month of cases, made from one seed."""

from __future__ import annotations

from desk.services.demo.building import DemoRefusedError, DemoReport, build_demo

__all__ = ["DemoRefusedError", "DemoReport", "build_demo"]
