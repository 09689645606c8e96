"""Alerts, and the rules behind them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from openclaw_sdk._both import N, Resource, call, iteration
from openclaw_sdk.call import Call, Given, given, path
from openclaw_sdk.models.alerts import ActionWord, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus, RuleWord


class Alerts(Resource[N]):
    """What the rules have noticed."""

    @call
    async def page(
        self,
        *,
        status: AlertStatus | None = None,
        rule: RuleWord | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> AlertPage:
        """Some alerts, newest first."""
        chosen: dict[str, Given] = {"status": status, "rule": rule, "after": after, "limit": limit}
        return await self._engine.model(Call("GET", "/api/v1/alerts", chosen), AlertPage)

    @iteration
    def iterate(self, *, status: AlertStatus | None = None, rule: RuleWord | None = None) -> AsyncGenerator[Alert, None]:
        """All alerts that fit, page by page as they are wanted."""
        pages = Call("GET", "/api/v1/alerts", {"status": status, "rule": rule})
        return self._engine.pages(pages, AlertPage, lambda page: page.alerts)

    @call
    async def show(self, alert_id: str) -> Alert:
        """One alert."""
        return await self._engine.model(Call("GET", path("/api/v1/alerts/{id}", id=alert_id)), Alert)

    @call
    async def acknowledge(self, alert_id: str, *, note: str | None = None) -> Alert:
        """Notes that somebody has looked."""
        acknowledge = Call("POST", path("/api/v1/alerts/{id}/acknowledge", id=alert_id), body=given(note=note))
        return await self._engine.model(acknowledge, Alert)


class AlertRules(Resource[N]):
    """What the platform looks for."""

    @call
    async def all(self) -> list[AlertRule]:
        """All rules as they are set, with the bounds of each number."""
        return (await self._engine.model(Call("GET", "/api/v1/alert-rules"), AlertRuleList)).rules

    @call
    async def set(
        self, rule: RuleWord, *, enabled: bool, action: ActionWord, parameters: Mapping[str, int] | None = None
    ) -> AlertRule:
        """Sets one. Numbers left out are their defaults."""
        body = given(enabled=enabled, action=action, parameters=None if parameters is None else dict(parameters))
        return await self._engine.model(Call("PUT", path("/api/v1/alert-rules/{id}", id=rule), body=body), AlertRule)
