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
    self.init(entry: argument)
    guard layer == Self.all || Self.knownLayers.contains(layer) else { return nil }
  }

  /// Whether the network has the layer is not checked.
  private init?(entry: some StringProtocol) {
    let entry = String(entry)
    let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, let share = Double(parts[1]),
      (0...1).contains(share)
    else { return nil }
    layer = parts[0]
    self.share = share
  }

  /// Whether the share is that of every layer that is not named.
  var isForAll: Bool { layer == Self.all }

  /// A list such as `fc6=0.1,fc7=0.1`. Whether the network has the layers is not checked.
  ///
  /// - Parameter option: the name of the option, for messages.
  /// - Throws: `ValidationError` for an entry of another form, a share that is not above 0 and at
  ///   most 1, or a layer that is named twice.
  static func list(_ text: String, option: String) throws -> [LayerShare] {
    var shares: [LayerShare] = []
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let share = LayerShare(entry: entry), share.share > 0 else {
        throw ValidationError(
          "\(option): '\(entry)' is no layer with a share above 0 and at most 1, such as fc6=0.1.")
      }
      if shares.contains(where: { $0.layer == share.layer }) {
        throw ValidationError("\(option) names the layer \(share.layer) twice.")
      }
      shares.append(share)
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
