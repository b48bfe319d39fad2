"""What ``make demo`` says once everything runs: where to look, and as whom."""

from __future__ import annotations

from rich.console import Console

from sinmungo.demo.played import Played


def greet(out: Console, *, url: str, platform_url: str, played: Played) -> None:
    """Print the addresses, whom to look for, and how to see the wave from its beginning to its end."""
    out.print(
        f"""
  [bold]{url}[/bold]              four doors for everybody
  [bold]{url}/staff/demo[/bold]   step into a role, without a password
  [bold]{platform_url}[/bold]              the platform; sign in as any neighbour
"""
    )
    if played.is_over:
        out.print(f"  {played.locked_out} is locked out there: sign in as them to see what they see.")
        out.print(f"  The post of {played.put_right} was removed by mistake, and put right on appeal.")
    if played.you:
        _greet_in_the_wave(out, url=url, platform_url=platform_url, you=played.you)
    out.print("\n  Ctrl-C stops everything.")


def _greet_in_the_wave(out: Console, *, url: str, platform_url: str, you: str) -> None:
    staff = f"{url}/staff/demo"
    out.print(
        f"""
  [bold]A wave, in two minutes[/bold] 2분으로 보는 오정지 사태
  This morning a rule took new neighbours for advertisers and locked them all out, by itself.
  오늘 아침 한 규칙이 새 이웃들을 광고로 잘못 보고 모두 혼자 정지했습니다.

  1  You are one of them. Why?   당신도 그중 하나입니다. 왜일까요?
     {platform_url}/session?q={you}
  2  Reviewer, Audits: press “Wrong” until it stops.   검토자, 표본 감사: 멈출 때까지 ‘틀림’을 누르세요.
     {staff}
  3  Lead, Incidents: propose to restore; colleagues look at a sample, then count.
     책임자, 사고 현황: 복구를 제안하세요. 동료들이 표본을 먼저 보고 나면 세어 보세요.
     {staff}
  4  Policy: confirm it as the second person.   정책: 두 번째 사람으로 확인하세요.
     {staff}
  5  Open 1 again, on your phone's width.   1번을 다시, 휴대폰 너비로 열어 보세요."""
    )
