/// The progress of some work, as one line of a terminal.
protocol ProgressReport: Sendable {
  /// The line as it should be shown at `now`, in at most `width` columns.
  func line(at now: ContinuousClock.Instant, width: Int) -> String
}

/// A progress line: a text, with a bar before it if the amount of work is known.
enum ProgressLine {
  private static let barWidth = 24

  /// - Parameter share: the share of the work that is done, 0 to 1; nil if it is not known.
  static func make(share: Double?, text: String, width: Int) -> String {
    guard let share, width > barWidth + text.count + 3 else {
      return String(text.prefix(max(0, width - 1)))
    }
    let filled = Int((min(max(share, 0), 1) * Double(barWidth)).rounded(.down))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled)
    return "\(bar)  \(text)"
  }

  /// A time as `M:SS` or `H:MM:SS`, rounded up to whole seconds, at most 99:59:59.
  static func clock(_ seconds: Double) -> String {
    let seconds = Int(min(max(seconds, 0).rounded(.up), 359_999))
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
    func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
    return hours > 0
      ? "\(hours):\(twoDigits(minutes)):\(twoDigits(rest))" : "\(minutes):\(twoDigits(rest))"
  }
}
