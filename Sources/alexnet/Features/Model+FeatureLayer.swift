import Architecture
import ModelLibrary
import Network

extension Model {
  /// The layer of this name, or else the one that describes pictures best.
  ///
  /// - Throws: what ends the command if the network has no such layer.
  func featureLayer(_ name: String?) throws -> LayerSummary {
    let name = name ?? parameters.architecture.featureLayer?.name
    guard let row = parameters.summary.first(where: { $0.layer.name == name }) else {
      throw CommandFailure(
        .usage,
        "the network of the model '\(self.name)' has no layer "
          + "'\(ArgumentBytes.repaired(name ?? ""))'",
        hint: "its layers are "
          + parameters.architecture.layers.map(\.name).joined(separator: ", "))
    }
    return row
  }
}
