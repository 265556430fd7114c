/// The progress of a run over images: images done, images per second, time left.
struct ImageProgress: ProgressReport {
  /// The number of inputs, if it is known.
  var total: Int?
  private(set) var done = 0
  private var failed = 0
  private let start: ContinuousClock.Instant

  init(start: ContinuousClock.Instant = .now) {
    self.start = start
  }

  mutating func count(failed hasFailed: Bool) {
    done += 1
    if hasFailed { failed += 1 }
  }

  func line(at now: ContinuousClock.Instant, width: Int) -> String {
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var parts = [total.map { "\(done)/\($0)" } ?? "\(done) done"]
    parts.append("\(DisplayText.fixed(rate, rate < 10 ? 1 : 0)) images/s")
    if let total, rate > 0 {
      parts.append("\(ProgressLine.clock(Double(max(0, total - done)) / rate)) left")
    }
    if failed > 0 { parts.append("\(failed) failed") }
    let share = total.flatMap { $0 > 0 ? Double(done) / Double($0) : nil }
    return ProgressLine.make(share: share, text: parts.joined(separator: "  "), width: width)
  }
}
