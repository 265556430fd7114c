/// Why a network cannot be explained.
public enum ExplanationError: Error, Equatable, CustomStringConvertible {
  /// No layer before the fully connected ones has this name.
  case noSuchLayer(String)
  /// The forward pass does not keep what the way back through this layer needs: it runs in 8 bits,
  /// for example, or ends before this layer.
  case notKept(layer: String)

  public var description: String {
    switch self {
    case .noSuchLayer(let name):
      "the network has no layer '\(name)' before its fully connected ones"
    case .notKept(let layer):
      "the forward pass keeps no values of the layer '\(layer)'"
    }
  }
}
