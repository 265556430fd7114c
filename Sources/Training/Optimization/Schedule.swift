/// How the learning rate changes while training.
public struct Schedule: Sendable, Equatable {
  public enum Shape: Sendable, Equatable {
    /// Falls from the full rate to `floor` times it along half a cosine wave (Loshchilov and
    /// Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts).
    case cosine(floor: Double)
    /// Is multiplied by `factor` at each of these shares of the run, from 0 to 1.
    case step(factor: Double, at: [Double])
    /// Is multiplied by `factor` when the validation accuracy has not risen for `patience` epochs.
    case plateau(factor: Double, patience: Int)
  }

  public var rate: Double
  public var shape: Shape
  /// The share of the run in which the rate rises linearly from 0.
  public var warmUp: Double

  public init(rate: Double, shape: Shape = .cosine(floor: 0), warmUp: Double = 0) {
    self.rate = rate
    self.shape = shape
    self.warmUp = warmUp
  }

  /// The rate for a step.
  ///
  /// - Parameters:
  ///   - progress: the share of the run that lies behind, from 0 to 1.
  ///   - reductions: how often the validation accuracy has stopped rising; only for plateaus.
  public func rate(at progress: Double, reductions: Int = 0) -> Double {
    let progress = min(max(progress, 0), 1)
    if progress < warmUp { return rate * progress / warmUp }
    switch shape {
    case .cosine(let floor):
      let share = warmUp < 1 ? (progress - warmUp) / (1 - warmUp) : 1
      return rate * (floor + (1 - floor) * (1 + cos(.pi * share)) / 2)
    case .step(let factor, let places):
      return rate * pow(factor, Double(places.count { $0 <= progress }))
    case .plateau(let factor, _):
      return rate * pow(factor, Double(reductions))
    }
  }
}

/// Counts how often a measure has stopped rising, for ``Schedule/Shape/plateau(factor:patience:)``.
public struct PlateauCounter: Sendable, Equatable {
  public let patience: Int
  public internal(set) var reductions = 0
  /// The best so far; measures are not negative.
  var best = -1.0
  var epochsSinceBest = 0

  public init(patience: Int) {
    self.patience = patience
  }

  /// Forgets the measures so far: later ones cannot be compared with them.
  mutating func begin() {
    best = -1
    epochsSinceBest = 0
  }

  public mutating func record(_ accuracy: Double) {
    if accuracy > best {
      best = accuracy
      epochsSinceBest = 0
      return
    }
    epochsSinceBest += 1
    if epochsSinceBest >= patience {
      reductions += 1
      epochsSinceBest = 0
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
