import sys; sys.path.insert(0,'/tmp/hbx')
from reader import people
def read_people(folder): return people(str(folder))
