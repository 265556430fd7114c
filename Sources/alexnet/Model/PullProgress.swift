import ModelLibrary
import System

/// Says on stderr how a pull goes on: a bar on a terminal, lines elsewhere.
final class PullProgress {
  private static let interval = Duration.milliseconds(100)
  private static let barWidth = 24

  private let name: String
  private let console: Console
  private let drawsBar: Bool
  private var start: (time: ContinuousClock.Instant, bytes: Int)?
  private var nextDraw = ContinuousClock.now

  init(name: String, console: Console, isQuiet: Bool) {
    self.name = name
    self.console = console
    drawsBar = !isQuiet && Terminal.error.isTerminal
  }

  func show(_ event: PullEvent) {
    switch event {
    case .waiting:
      console.note("another process is fetching \(name); waiting for it")
    case .connecting(let address):
      start = nil
      console.note("fetching \(address)")
    case .progress(let received, let total):
      draw(received, total)
    case .failed(let failure):
      console.note("\(failure.address): \(failure.reason)")
    case .converting:
      console.note("converting \(name)")
    }
  }

  func end() {
    console.clearBar()
  }

  private func draw(_ received: Int, _ total: Int) {
    let now = ContinuousClock.now
    guard drawsBar, now >= nextDraw || received == total else { return }
    nextDraw = now + Self.interval
    guard let start else {
      // The speed is that of this connection: what was there before does not count.
      start = (now, received)
      return
    }
    let elapsed = now - start.time
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let speed = seconds > 0 ? Double(received - start.bytes) / seconds : 0
    let filled = total > 0 ? Self.barWidth * received / total : 0
    var line =
      String(repeating: "█", count: filled)
      + String(repeating: "░", count: Self.barWidth - filled)
      + "  \(name)  \(megabytes(received)) of \(megabytes(total))"
    if speed > 0 {
      let left = Int((Double(total - received) / speed).rounded(.up))
      line += "  \(megabytes(Int(speed)))/s  \(left) s left"
    }
    let width = Terminal.error.width ?? 80
    console.draw(line: String(line.prefix(max(0, width - 1))))
  }
}
