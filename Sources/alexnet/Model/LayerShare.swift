import Architecture
import ArgumentParser

/// The share of its weights that a fully connected layer, or every such layer, keeps: `fc6=0.1`.
struct LayerShare: ExpressibleByArgument, Sendable {
  private static let all = "all"
  /// The fully connected layers of all known architectures. Whether the model has the layer is only
  /// known when the model has been opened.
  private static let knownLayers = Set(Architecture.all.flatMap(\.fullyConnectedLayers))

  let layer: String
  let share: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts[0] == Self.all || Self.knownLayers.contains(parts[0]),
      let share = Double(parts[1]), (0...1).contains(share)
    else { return nil }
    layer = parts[0]
    self.share = share
  }

  /// The share of each layer that an option is about. An option for one layer outweighs that for
  /// all.
  static func byLayer(_ shares: [LayerShare], of layers: [String]) -> [String: Double] {
    var byLayer: [String: Double] = [:]
    for share in shares where share.layer == all {
      for layer in layers { byLayer[layer] = share.share }
    }
    for share in shares where share.layer != all { byLayer[share.layer] = share.share }
    return byLayer
  }
}
