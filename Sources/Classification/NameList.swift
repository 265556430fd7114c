/// Names for a message, such as `daisy, rose`: the first ten, and how many more there are.
public func nameList(_ names: [String]) -> String {
  let shown = names.prefix(10).joined(separator: ", ")
  return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
}
