import JSON
import ModelLibrary
import Network
import Preprocessing

extension Model {
  /// What a user has to know about a model that was not named: what it is, how many classes it
  /// knows, how accurate it is, and whether its use is restricted.
  var announcement: String {
    var parts = ["\(labels.count) \(labels.count == 1 ? "class" : "classes")"]
    if let accuracy { parts.append("\(DisplayText.percent(accuracy.top1, digits: 1)) top-1") }
    if isBuiltIn, let license = metadata["license"] { parts.append("for \(license)") }
    let title = isBuiltIn ? "the built-in model" : name
    return "using \(title) (\(parts.joined(separator: ", "))); --model names another"
  }

  /// What the network computes with, and how pictures are prepared for it.
  var runDescription: String {
    "\(name) computes in \(precision.name); pictures are prepared by "
      + (preprocessingPreset.map { "the preset \($0)" } ?? preprocessing.json.compactText)
  }
}
