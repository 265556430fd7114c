import Foundation
import Testing

/// What is in a page that the program wrote.
struct ReportedPage {
  let text: String
  let rows: [[Any]]
  private let data: [String: Any]

  init(_ text: String) throws {
    self.text = text
    let start = try #require(text.range(of: "id=\"data\">")).upperBound
    let end = try #require(text[start...].range(of: "</script>")).lowerBound
    data = try #require(
      try JSONSerialization.jsonObject(with: Data(text[start..<end].utf8)) as? [String: Any])
    rows = try #require(data["rows"] as? [[Any]])
  }

  /// A member of the data; nil where it is null.
  subscript(name: String) -> Any? {
    data[name] is NSNull ? nil : data[name]
  }

  var names: [String] {
    rows.map { ($0[0] as? String).map { URL(filePath: $0).lastPathComponent } ?? "" }
  }

  /// How many base64 digits the thumbnail of each row has.
  var thumbnails: [Int] { rows.indices.map { number(4, of: $0) } }

  /// A number in a row. Zeros at the end of a row are left out.
  func number(_ position: Int, of row: Int) -> Int {
    rows[row].count > position ? rows[row][position] as? Int ?? 0 : 0
  }
}
