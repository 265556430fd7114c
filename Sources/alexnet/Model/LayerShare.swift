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

  init(layer: String, share: Double) {
    self.layer = layer
    self.share = share
  }

  /// Whether the share is that of every layer that is not named.
  var isForAll: Bool { layer == Self.all }

  /// A list such as `fc6=0.1,fc7=0.1`. Whether the network has the layers is not checked.
  ///
  /// - Throws: `ValidationError` for an entry of another form, a share that is not above 0 and at
  ///   most 1, or a layer that is named twice.
  static func list(_ text: String) throws -> [LayerShare] {
    var shares: [LayerShare] = []
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, let share = Double(parts[1]) else {
        throw ValidationError(
          "--prune: '\(entry)' is no layer with the share that stays of it, such as fc6=0.1.")
      }
      guard share > 0, share <= 1 else {
        throw ValidationError(
          "--prune: the share of \(parts[0]) must be above 0, and at most 1.")
      }
      if shares.contains(where: { $0.layer == parts[0] }) {
        throw ValidationError("--prune names the layer \(parts[0]) twice.")
      }
      shares.append(LayerShare(layer: parts[0], share: share))
    }
    return shares
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
