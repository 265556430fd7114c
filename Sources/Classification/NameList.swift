/// How many names a message shows.
let namesShown = 10

/// Names for a message, such as `daisy, rose`: the first ten, and how many more there are.
public func nameList(_ names: [String]) -> String {
  let shown = names.prefix(namesShown).joined(separator: ", ")
  return names.count > namesShown ? "\(shown) and \(names.count - namesShown) more" : shown
}
