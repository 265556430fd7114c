/// One line on a terminal that says how far a run has come: images done, images a second, time left.
///
/// It is drawn at most ten times a second, and only once a run has lasted half a second, so that a
/// handful of files never flickers. Whoever writes to the same terminal clears it first.
struct ProgressBar {
  /// How many inputs there are, where that is known.
  var total: Int?
  private(set) var done = 0
  private var failed = 0
  private let start: ContinuousClock.Instant
  private var nextDraw: ContinuousClock.Instant

  private static let interval = Duration.milliseconds(100)
  private static let patience = Duration.milliseconds(500)
  private static let barWidth = 24

  init(start: ContinuousClock.Instant) {
    self.start = start
    nextDraw = start + Self.patience
  }

  mutating func count(failed hasFailed: Bool) {
    done += 1
    if hasFailed { failed += 1 }
  }

  /// The line to draw now, at most `width` columns; nil while it is too early to draw again.
  mutating func line(at now: ContinuousClock.Instant, width: Int) -> String? {
    guard now >= nextDraw else { return nil }
    nextDraw = now + Self.interval
    return line(elapsed: now - start, width: width)
  }

  private func line(elapsed: Duration, width: Int) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var parts = [total.map { "\(done)/\($0)" } ?? "\(done) done"]
    parts.append(rate < 10 ? "\(tenths(rate)) images/s" : "\(Int(rate.rounded())) images/s")
    if let total, rate > 0 {
      parts.append("\(Self.clock(Double(max(0, total - done)) / rate)) left")
    }
    if failed > 0 { parts.append("\(failed) failed") }
    let text = parts.joined(separator: "  ")
    guard let total, total > 0, width > Self.barWidth + text.count + 3 else {
      return String(text.prefix(max(0, width - 1)))
    }
    let filled = min(Self.barWidth, Self.barWidth * done / total)
    let bar =
      String(repeating: "█", count: filled)
      + String(repeating: "░", count: Self.barWidth - filled)
    return "\(bar)  \(text)"
  }

  private func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func clock(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
    let twoDigits = { (value: Int) in value < 10 ? "0\(value)" : String(value) }
    return hours > 0
      ? "\(hours):\(twoDigits(minutes)):\(twoDigits(rest))" : "\(minutes):\(twoDigits(rest))"
  }
}
