/// The names of our tensors (`conv1.weight` to `fc8.bias`) for those of other programs.
enum CanonicalNames {
  /// torchvision numbers the steps of two sequences.
  private static let torchvision = [
    "features.0": "conv1", "features.3": "conv2", "features.6": "conv3", "features.8": "conv4",
    "features.10": "conv5", "classifier.1": "fc6", "classifier.4": "fc7", "classifier.6": "fc8",
  ]

  /// Whether this is `conv` or `fc` and a number.
  private static func isLayer(_ name: String) -> Bool {
    let digits = name.drop { $0.isLetter }
    return ["conv", "fc"].contains(name.prefix { $0.isLetter }) && (1...2).contains(digits.count)
      && digits.allSatisfy { ("0"..."9").contains($0) }
  }

  private static let suffixes = [
    "weight": "weight", "weights": "weight", "w": "weight", "kernel": "weight",
    "bias": "bias", "biases": "bias", "b": "bias",
  ]

  /// Our name for a tensor; the name itself where it is nobody's.
  ///
  /// Whatever wraps the network is left out: DataParallel's `module.`, or `model.` and the like.
  static func name(for name: String) -> String {
    let parts = name.split(whereSeparator: { ".:/_".contains($0) }).map(String.init)
    guard parts.count >= 2, let last = parts.last, let suffix = suffixes[last.lowercased()]
    else { return name }
    let layer = parts[parts.count - 2].lowercased()
    if isLayer(layer) { return "\(layer).\(suffix)" }
    if parts.count >= 3, let layer = torchvision["\(parts[parts.count - 3]).\(layer)"] {
      return "\(layer).\(suffix)"
    }
    return name
  }
}
