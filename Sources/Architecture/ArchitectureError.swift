/// A layer does not fit the output of the layer before it, or its numbers are impossible.
public struct ArchitectureError: Error, Equatable, CustomStringConvertible {
  /// The name of the layer.
  public let layer: String
  public let reason: String

  public init(layer: String, reason: String) {
    self.layer = layer
    self.reason = reason
  }

  public var description: String {
    "layer \(layer) does not fit the one before it: \(reason)"
  }
}
