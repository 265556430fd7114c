extension HelpTopic {
  static let search = HelpTopic(
    name: "search", abstract: "How photos are compared by index, similar and duplicates.",
    text: """
      The features of a photo are the values of a layer of the network, fc7 if no other is
      asked for. The similarity of two photos is the cosine of the angle between their
      features: 1 for the same picture, 0 for pictures that have nothing in common. It
      says how alike two photos look to the network. It does not say that they show the
      same person, thing or place, and it depends on the model: figures of one model mean
      nothing for another.

      An index has for each photo its path, size, time and SHA-256, and its features, in
      8 bits (4096 bytes for fc7) or as float16 (--store f16, 8192 bytes). 8 bits change a
      similarity by less than 0.001. An index of 4096 photos or more also has a sketch of
      145 bytes for each photo. A search reads all sketches, which say how similar a photo
      can be at most, and then the features of those photos that can be among the results.
      The results are those of a comparison with every photo. The file is mapped into
      memory, so that memory is not an obstacle for large ones.

      An update ('alexnet index' again) takes a photo for unchanged if its file has the
      size and time of the index, or else the same SHA-256. It never changes an index in
      place: the new one gets the name when it is complete and on the disk.
      Paths are stored as they were named. Relative ones begin at the folder in which the
      index was made, and an update with them works only from there.

      Records of similar, with --jsonl or --json, have the members path, width, height,
      model, layer and similar, or error instead of the last five ('alexnet help
      records'):

          {"path": "cat.jpg", "width": 451, "height": 300, "model": "starter",
           "layer": "fc7", "similar": [{"rank": 1, "path": "pets/tom.jpg",
           "similarity": 0.8412, "width": 640, "height": 480}, ...]}

      --report FILE of similar writes the same as a page to look at in a browser, with
      thumbnails ('alexnet help reports').

      Records of duplicates are groups. The first photo is the one to keep. similarity is
      that to the first photo, exact_copy_of names an earlier photo of the group with the
      same bytes, and lowest_similarity is that of the two least similar photos:

          {"group": 1, "lowest_similarity": 0.9871, "photos": [
           {"path": "a.jpg", "keep": true, "similarity": 1.0, "width": 4000,
            "height": 3000, "bytes": 3145728},
           {"path": "b.jpg", "keep": false, "similarity": 0.9871, ...}]}

      A path that is not UTF-8 has its bytes in a member such as path_base64. CSV has one
      row for each similar photo, or for each photo of a group, with the same names as
      columns (similar_path for the path in an index).

      A group of near copies begins with the photo that is best to keep among those that
      are in no group yet. It takes the photos that are similar enough to it and to all
      that it has taken before, the most similar first. A photo can therefore be similar
      to one photo of a group and not be in it.
      """)
}
