import ArgumentParser

/// How many inputs may fail before a run ends.
enum FailureLimit: ExpressibleByArgument, Sendable, Equatable {
  case count(Int)
  /// A share of the inputs so far, from 0 to 1.
  case share(Double)

  /// A share says little before this many inputs.
  private static let leastInputs = 100

  /// Reads `20` or `5%`.
  init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let percent = Double(argument.dropLast()), (0...100).contains(percent) else {
        return nil
      }
      self = .share(percent / 100)
    } else {
      guard let count = Int(argument), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  func isExceeded(failed: Int, of done: Int) -> Bool {
    switch self {
    case .count(let count): failed > count
    case .share(let share): done >= Self.leastInputs && Double(failed) > share * Double(done)
    }
  }
}
