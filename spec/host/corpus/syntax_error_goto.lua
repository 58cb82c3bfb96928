print("never")
do
  goto missing
end
