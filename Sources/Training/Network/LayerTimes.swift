/// How long the parts of training steps took, layer by layer. Used by one thread at a time.
public final class LayerTimes {
  /// A part of a step.
  public enum Part: Int, CaseIterable, Sendable {
    case forward
    case backward
    /// The step of gradient descent. A fully connected layer computes the gradient by its weights
    /// there.
    case update
  }

  /// Whether anything is measured.
  public var isEnabled = false
  private var values: [Double]
  private let clock = ContinuousClock()

  init(layers: Int) {
    values = Array(repeating: 0, count: layers * Part.allCases.count)
  }

  /// Seconds since ``reset()``.
  public func seconds(layer: Int, _ part: Part) -> Double {
    values[layer * Part.allCases.count + part.rawValue]
  }

  /// Sets all times to zero.
  public func reset() {
    for index in values.indices { values[index] = 0 }
  }

  func measure(layer: Int, _ part: Part, _ body: () -> Void) {
    guard isEnabled else { return body() }
    let duration = clock.measure(body)
    values[layer * Part.allCases.count + part.rawValue] += duration / .seconds(1)
  }
}
