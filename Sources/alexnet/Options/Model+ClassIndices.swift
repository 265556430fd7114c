import Architecture
import Classification
import ModelLibrary
import Network

extension Model {
  /// The indices of the classes that the user named, each of them once: by WordNet id, label, or
  /// index in the model's output. A label that is a number wins over an index.
  ///
  /// - Throws: what ends the command if the model has no such class, or several of one label.
  func classIndices(of classes: [String]) throws -> [Int] {
    let names = ClassNames(labels)
    let count = parameters.classCount
    let indices = try classes.map { name in
      switch names.find(name) {
      case .one(let index): return index
      case .several(let indices):
        let choices = indices.map { names.labels[$0].wnid ?? String($0) }
        throw CommandFailure(
          .usage,
          "several classes of the model '\(self.name)' are called "
            + "'\(ArgumentBytes.repaired(name))': \(choices.joined(separator: ", "))")
      case .none:
        if let index = Int(name), (0..<count).contains(index) { return index }
        throw CommandFailure(
          .usage,
          "the model '\(self.name)' has no class '\(ArgumentBytes.repaired(name))'",
          hint: names.question(name)
            + "a class is named by its WordNet id, its label, or its index from 0 to \(count - 1)"
        )
      }
    }
    // A label and the WordNet id beside it may name one class.
    var seen: Set<Int> = []
    return indices.filter { seen.insert($0).inserted }
  }

  /// The layers that have maps: those before the fully connected ones.
  var mapLayers: [String] {
    parameters.summary.filter { !$0.layer.isFullyConnected }.map(\.layer.name)
  }

  /// The name of a layer with maps, as the user gave it.
  ///
  /// - Throws: what ends the command if there is no such layer.
  func mapLayer(_ name: String) throws -> String {
    guard mapLayers.contains(name) else {
      throw CommandFailure(
        .usage,
        "the network of the model '\(self.name)' has no layer with maps "
          + "'\(ArgumentBytes.repaired(name))'",
        hint: "--layer can be " + mapLayers.joined(separator: ", "))
    }
    return name
  }
}
